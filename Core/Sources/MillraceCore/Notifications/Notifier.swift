/// Sends notifications to the channels that are on. A notification for the sink is a record in the batch at hand, and goes its way.
public struct Notifier: Sendable {
  private let settings: NotificationSettings
  /// `topic.prefix`.
  private let name: String
  private let log: Log

  /// - Parameters:
  ///   - settings: the channels.
  ///   - name: `topic.prefix`, which notifications carry as the connector's name.
  ///   - log: of the channel `log`.
  public init(_ settings: NotificationSettings, name: String, log: Log) {
    self.settings = settings
    self.name = name
    self.log = log
  }

  /// Whether anybody listens.
  public var isOn: Bool { settings.isOn }

  /// Tells what has happened to a snapshot.
  /// - Parameters:
  ///   - data: names and values beside the connector's name, in order.
  ///   - now: ns since 1970.
  ///   - order: that of the record before.
  package func send(
    _ type: String, of aggregate: String, id: String, _ data: [(name: String, value: String)], now: Int64, order: Record.Order,
    to batch: inout RecordBatch
  ) {
    guard settings.isOn else { return }
    let notification = Notification(
      id: id, aggregateType: aggregate, type: type, additionalData: [("connector_name", name)] + data, timestamp: now / 1_000_000)
    if settings.logs {
      log.info(
        "notification", ("aggregate", aggregate), ("type", type), ("id", id),
        ("data", notification.additionalData.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")))
    }
    settings.handler?(notification)
    if let topic = settings.topic { Notifier.append(notification, topic: topic, order: order, to: &batch) }
  }

  private static func append(_ notification: Notification, topic: String, order: Record.Order, to batch: inout RecordBatch) {
    let id = batch.text(notification.id)
    let key = batch.slots.append(repeating: id, count: 1)
    var pairs: [Slot] = []
    for (name, value) in notification.additionalData { pairs += [batch.text(name), batch.text(value)] }
    let map = batch.slots.append(repeating: .null, count: pairs.count)
    for (index, slot) in pairs.enumerated() { batch.slots[map + index] = slot }
    let type = batch.text(notification.type), aggregate = batch.text(notification.aggregateType)
    let value = batch.slots.append(repeating: id, count: 5)
    batch.slots[value + 1] = type
    batch.slots[value + 2] = aggregate
    batch.slots[value + 3] = pairs.isEmpty ? .null : .map(first: map, count: pairs.count / 2)
    batch.slots[value + 4] = .integer(notification.timestamp)
    batch.records.append(
      Record(
        topic: batch.intern(topic: topic), keySchema: batch.intern(schema: keySchema), key: .structure(first: key, count: 1),
        valueSchema: batch.intern(schema: valueSchema), value: .structure(first: value, count: 5), firstHeader: 0, headerCount: 0,
        order: order))
  }

  private static let keySchema = Schema(
    .structure([.init("id", .string)]), name: "io.debezium.connector.common.NotificationKey", version: 1)
  private static let valueSchema = Schema(
    .structure([
      .init("id", .string), .init("type", .string), .init("aggregate_type", .string),
      .init("additional_data", Schema(.map(key: .string, value: .string), optional: true)), .init("timestamp", .int64),
    ]), name: "io.debezium.connector.common.Notification", version: 1)

  /// A random id (RFC 9562, version 4), for what no signal has asked for.
  package static func newID() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text = ""
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text += "-" }
      text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
    }
    return text
  }
}
