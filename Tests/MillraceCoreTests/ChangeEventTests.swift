import Testing

@testable import MillraceCore

struct ChangeEventTests {
  private static let row = Schema(.structure([.init("id", .int64), .init("name", .optionalString)]), optional: true, name: "t.Value")
  private static let key = Schema(.structure([.init("id", .int64)]), name: "t.Key")
  private static let source = Schema(
    .structure([.init("ts_ms", .int64), .init("schema", .string), .init("table", .string)]), name: "Source")
  private static let envelope = Envelope.schema(topic: "t", row: row, source: source)

  private static func box() -> BatchBox {
    let box = BatchBox()
    let key = box.batch.slot(.structure([.integer(1)]))
    let value = box.batch.slot(
      .structure([
        .structure([.integer(1), .text("old")]), .structure([.integer(1), .unavailable]),
        .structure([.integer(5), .text("public"), .text("people")]), .structure([.text("9:1"), .integer(2), .integer(1)]),
        .text("u"), .integer(7), .integer(7001), .null,
      ]))
    let header = box.batch.text("run")
    box.batch.headers.append(Header(name: box.batch.intern(headerName: "why"), schema: box.batch.intern(schema: .string), value: header))
    let topic = box.batch.intern(topic: "shop.public.people")
    box.batch.records.append(
      Record(
        topic: topic, keySchema: box.batch.intern(schema: Self.key), key: key, valueSchema: box.batch.intern(schema: envelope),
        value: value, firstHeader: 0, headerCount: 1, order: .init(commit: 3, ordinal: 1)))
    box.batch.records.append(
      Record(
        topic: topic, keySchema: box.batch.intern(schema: Self.key), key: key, valueSchema: Record.noSchema, value: .null,
        firstHeader: 0, headerCount: 0, order: .init(commit: 3, ordinal: 2)))
    return box
  }

  private func count(_ box: BatchBox) -> Int { box.batch.records.count }

  private func check(_ event: ChangeEvent) {
    #expect(event.topic == "shop.public.people")
    #expect(event.operation == .update)
    #expect(event.key?["id"] == .integer(1))
    #expect(event.before?["name"] == .text("old"))
    #expect(event.after?["name"] == .unavailable)
    #expect(event.table == "people")
    #expect(event.schema == "public")
    #expect(event.transaction == .init(id: "9:1", totalOrder: 2, tableOrder: 1))
    #expect(event.committedAt == Timestamp(microseconds: 5000))
    #expect(event.processedAt == Timestamp(microseconds: 7001))
    #expect(event.headers.map(\.name) == ["why"])
    #expect(event.headers.map(\.value) == [.text("run")])
    #expect(event.order == .init(commit: 3, ordinal: 1))
    #expect(!event.isTombstone)
  }

  @Test func aChangeShowsItsParts() {
    let box = Self.box()
    let memory = BatchMemory(box)
    check(ChangeEvent(memory, box.batch.records[0]))
    let tombstone = ChangeEvent(memory, box.batch.records[1])
    #expect(tombstone.isTombstone)
    #expect(tombstone.operation == nil)
    #expect(tombstone.value == nil && tombstone.after == nil && tombstone.headers.isEmpty)
  }

  @Test func aDetachedEventOutlivesItsBatchAndHoldsItsRecordOnly() {
    let pool = BoxPool()
    let box = Self.box()
    var memory: BatchMemory? = BatchMemory(box, pool: pool)
    let event = memory.map { ChangeEvent($0, box.batch.records[0]).detached() }
    let row = memory.map { ChangeEvent($0, box.batch.records[0]).before?.detached() }
    memory = nil
    #expect(count(box) == 0, "the box was recycled")
    if let event { check(event) } else { Issue.record("no event") }
    #expect(row??["name"] == .text("old"))
  }

  @Test func aViewKeepsItsBatchFromBeingUsedAgain() {
    let pool = BoxPool()
    let box = Self.box()
    var memory: BatchMemory? = BatchMemory(box, pool: pool)
    var event = memory.map { ChangeEvent($0, box.batch.records[0]) }
    memory = nil
    let row = event?.after
    event = nil
    #expect(row?["id"] == .integer(1))
    #expect(count(box) == 2)
  }

  @Test func aBatchIsACollectionOfWhatWasNotDropped() {
    let box = Self.box()
    box.batch.records[0].isDropped = true
    let batch = ChangeBatch(
      BatchMemory(box), sequence: 1, checkpoint: nil, handover: Handover(takesPositions: false, patience: .zero))
    #expect(batch.count == 1)
    #expect(batch.first?.isTombstone == true)
  }
}
