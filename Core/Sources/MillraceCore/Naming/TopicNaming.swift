/// Topic names as Debezium's `SchemaTopicNamingStrategy` makes them: parts joined by the delimiter, illegal characters replaced
/// by `_`, at most 249 long (io.debezium.schema.AbstractTopicNamingStrategy; Kafka's org.apache.kafka.common.internals.Topic).
public struct TopicNaming: Sendable {
  public let prefix: String
  public let delimiter: String
  public static let maximumLength = 249

  public init(prefix: String, delimiter: String = ".") {
    self.prefix = prefix
    self.delimiter = delimiter
  }

  /// Whether Kafka allows this character in a topic name.
  public static func isLegal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      return true
    default: return false
    }
  }

  /// The topic of the data collection with these name parts (for Postgres schema and table).
  public func dataChange(_ parts: [String]) -> String {
    TopicNaming.sanitised(([prefix] + parts).joined(separator: delimiter))
  }

  /// Replaces what a topic name cannot have. Java counts UTF-16 units, so a character outside the basic plane becomes two `_`.
  public static func sanitised(_ name: String) -> String {
    var units: [UInt8] = []
    for unit in name.utf16 {
      if let byte = UInt8(exactly: unit), isLegal(byte) { units.append(byte) } else { units.append(UInt8(ascii: "_")) }
    }
    if units.count > maximumLength { units = Array(units.prefix(maximumLength)) }
    let text = String(decoding: units, as: UTF8.self)
    return text == "." ? "_" : text == ".." ? "__" : text
  }
}
