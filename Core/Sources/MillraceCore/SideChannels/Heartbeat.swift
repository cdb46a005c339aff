/// Heartbeats: a record now and then that carries the position, so that a stored position moves on where nothing else is
/// delivered (io.debezium.heartbeat.HeartbeatImpl).
///
/// A connector asks `isDue` on each of its rounds and appends the record to the batch at hand; the batch's checkpoint goes with
/// it through sink and store like any other.
public struct Heartbeat: Sendable {
  private let topic: String
  private let name: String
  private let interval: Int64
  private var next: Int64 = 0

  /// - Parameters:
  ///   - topic: `TopicNaming.heartbeat`.
  ///   - name: `topic.prefix`, the record's key.
  ///   - settings: nil is answered where `heartbeat.interval.ms` is 0.
  public init?(_ settings: HeartbeatSettings, topic: String, name: String) {
    guard settings.interval > .zero else { return nil }
    self.topic = topic
    self.name = name
    interval = Int64(settings.interval / .nanoseconds(1))
  }

  /// Whether one is to be sent at `now`, ns since 1970. The interval begins with the first question.
  public mutating func isDue(at now: Int64) -> Bool {
    // Also where the clock was set back.
    if next == 0 || next - now > interval { next = now + interval }
    guard now >= next else { return false }
    next = now + interval
    return true
  }

  /// Appends a heartbeat of `now`, ns since 1970, for partition 0; `order` is that of what was delivered last.
  public func append(now: Int64, order: Record.Order, to batch: inout RecordBatch) {
    let name = batch.text(name)
    let key = batch.slots.append(repeating: name, count: 1)
    let value = batch.slots.append(repeating: .integer(now / 1_000_000), count: 1)
    var record = Record(
      topic: batch.intern(topic: topic), keySchema: batch.intern(schema: Heartbeat.keySchema), key: .structure(first: key, count: 1),
      valueSchema: batch.intern(schema: Heartbeat.valueSchema), value: .structure(first: value, count: 1), firstHeader: 0,
      headerCount: 0, order: order)
    record.partition = 0
    batch.records.append(record)
  }

  static let keySchema = Schema(
    .structure([.init("serverName", .string)]), name: "io.debezium.connector.common.ServerNameKey", version: 1)
  static let valueSchema = Schema(
    .structure([.init("ts_ms", .int64)]), name: "io.debezium.connector.common.Heartbeat", version: 1)
}

/// `heartbeat.*`, as every connector has it.
public struct HeartbeatSettings: Sendable {
  /// Zero: no heartbeats.
  public let interval: Duration
  /// A statement that is run with each heartbeat.
  public let query: String?

  /// Reads `heartbeat.interval.ms` and `heartbeat.action.query`.
  public init(_ configuration: inout Configuration) {
    interval = .milliseconds(configuration.integer("heartbeat.interval.ms", default: 0, in: 0...86_400_000))
    query = configuration["heartbeat.action.query"].flatMap { $0.trimmed.isEmpty ? nil : $0 }
    if query != nil, interval == .zero {
      configuration.report(
        Finding(
          .warning, key: "heartbeat.action.query", problem: "has no effect without heartbeats",
          advice: "write heartbeat.interval.ms=10000, for example"))
    }
  }
}
