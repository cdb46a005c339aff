import Testing

@testable import MillraceCore

struct HeartbeatTests {
  private func made(_ interval: String?) -> Heartbeat? {
    var configuration = Configuration(interval.map { ["heartbeat.interval.ms": $0] } ?? [:])
    return Heartbeat(HeartbeatSettings(&configuration), topic: "__debezium-heartbeat.srv", name: "srv")
  }

  @Test func thereAreNoneByDefault() {
    #expect(made(nil) == nil)
    #expect(made("0") == nil)
  }

  @Test func oneIsDueAfterEachInterval() throws {
    var heartbeat = try #require(made("10"))
    let start: Int64 = 1_000_000_000
    var due: [Int64] = []
    // Where nobody asked for long, one comes.
    for after: Int64 in [0, 9_999_999, 10_000_000, 10_000_001, 95_000_000, 100_000_000, 105_000_000] {
      if heartbeat.isDue(at: start + after) { due.append(after) }
    }
    #expect(due == [10_000_000, 95_000_000, 105_000_000])
  }

  @Test func aClockThatIsSetBackHoldsNoneUp() throws {
    var heartbeat = try #require(made("10"))
    let due = [5_000_000_000, 1_000_000_000, 1_010_000_000].map { (time: Int64) in heartbeat.isDue(at: time) }
    #expect(due == [false, false, true])
  }

  @Test func aHeartbeatNamesTheServerAndTheTime() throws {
    let heartbeat = try #require(made("10"))
    var batch = RecordBatch(capacity: 1024)
    heartbeat.append(now: 1_234_567_890, order: .init(commit: 1, ordinal: 2), to: &batch)
    let record = batch.records[0]
    let topics = batch.topics, schemas = batch.schemas, key = batch.value(record.key), value = batch.value(record.value)
    #expect(topics[Int(record.topic)] == "__debezium-heartbeat.srv")
    #expect(record.partition == 0)
    #expect(key == .structure([.text("srv")]))
    #expect(value == .structure([.integer(1234)]))
    #expect(schemas[Int(record.keySchema)].name == "io.debezium.connector.common.ServerNameKey")
    #expect(schemas[Int(record.valueSchema)].name == "io.debezium.connector.common.Heartbeat")
    #expect(record.headerCount == 0)
  }

  @Test(arguments: ["-1", "x", "86400001"]) func whatIsNoIntervalIsFound(_ text: String) {
    var configuration = Configuration(["heartbeat.interval.ms": text])
    _ = HeartbeatSettings(&configuration)
    #expect(configuration.findings.map(\.key) == ["heartbeat.interval.ms"])
  }
}
