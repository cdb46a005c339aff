import Testing

@testable import MillraceKafka

struct DeliveryLedgerTests {
  @Test func aBatchIsDurableWhenAllOfItIsDelivered() {
    var ledger = DeliveryLedger()
    ledger.begin(1)
    ledger.deliver(2, of: 1)
    #expect(ledger.durable == 0)
    ledger.add(3, to: 1, isComplete: true)
    #expect(ledger.durable == 0)
    ledger.deliver(1, of: 1)
    #expect(ledger.durable == 1)
    #expect(ledger.isClear)
  }

  @Test func aLaterBatchWaitsForTheEarlierOnes() {
    var ledger = DeliveryLedger()
    for sequence in UInt64(1)...4 {
      ledger.begin(sequence)
      ledger.add(Int(sequence), to: sequence, isComplete: true)
    }
    ledger.deliver(3, of: 3)
    ledger.deliver(2, of: 2)
    #expect(ledger.durable == 0)
    ledger.deliver(1, of: 1)
    #expect(ledger.durable == 3)
    #expect(!ledger.isClear)
  }

  @Test func reportsThatOvertakeTheCountDoNotMakeAnUnfinishedBatchDurable() {
    var ledger = DeliveryLedger()
    ledger.begin(1)
    ledger.add(2, to: 1, isComplete: false)
    ledger.deliver(2, of: 1)
    #expect(ledger.durable == 0)
    ledger.add(0, to: 1, isComplete: true)
    #expect(ledger.durable == 1)
  }

  @Test func anEmptyBatchIsDurableInItsTurn() {
    var ledger = DeliveryLedger()
    ledger.begin(7)
    ledger.add(1, to: 7, isComplete: true)
    ledger.begin(9)
    ledger.add(0, to: 9, isComplete: true)
    #expect(ledger.durable == 0)
    ledger.deliver(1, of: 7)
    #expect(ledger.durable == 9)
  }
}
