public import MillraceCore

/// Where schemas are kept under subjects and known by number, so that a message carries the number only.
///
/// An error of class `record` is about this schema, one of class `retry` about the registry.
public protocol SchemaRegistry: AnyObject, Sendable {
  /// Makes the schema known, or finds it, as the settings say, and answers what its messages carry. Asked once for each schema and topic.
  func register(_ schema: RegistrySchema) async throws(MillraceError) -> RegisteredSchema
}

/// A schema that a registry is given.
public struct RegistrySchema: Sendable {
  /// The languages that registries know.
  public enum Language: String, Sendable {
    /// In the words of Confluent's and Apicurio's interfaces.
    case avro = "AVRO", protobuf = "PROTOBUF"
    /// Kafka Connect's own schemas, as its JsonConverter writes them; Apicurio's registry only.
    case connect = "KCONNECT"
  }

  /// What the text is written in.
  public let language: Language
  /// The schema itself.
  public let text: String
  /// The full name of the record, where it has one.
  public let name: String?
  /// Of the messages.
  public let topic: String
  /// The half of the record that it is about.
  public let part: RecordPart

  /// For one topic.
  public init(_ language: Language, _ text: String, name: String?, topic: String, part: RecordPart) {
    self.language = language
    self.text = text
    self.name = name
    self.topic = topic
    self.part = part
  }
}

/// What each message of a registered schema carries.
public struct RegisteredSchema: Sendable {
  /// Stands before the value: at most 13 bytes.
  public let prefix: [UInt8]
  /// Headers of the record, where the schema is named there and not in the bytes.
  public let headers: [(name: String, value: [UInt8])]

  /// The registry's number of the schema.
  public let number: Int64

  /// Prefix or headers are empty, as a rule.
  public init(number: Int64, prefix: [UInt8], headers: [(name: String, value: [UInt8])] = []) {
    self.number = number
    self.prefix = prefix
    self.headers = headers
  }
}
