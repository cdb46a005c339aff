/// A JSON document in memory: configuration files, offset files, schemas. Not used per event.
///
/// The order of an object's members is kept, whole numbers are exact, and nothing is accepted that RFC 8259 does not allow;
/// a key that stands twice in one object is refused too, because readers disagree about its meaning.
public indirect enum JSONValue: Sendable, Hashable {
  /// JSON's `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A whole number without fraction and exponent that fits.
  case integer(Int64)
  /// Any other number, exactly as written.
  case number(String)
  /// Unescaped.
  case string(String)
  /// In order.
  case array([JSONValue])
  /// In the order of the text; keys are unique in what was parsed.
  case object([Member])

  /// A key with its value.
  public struct Member: Sendable, Hashable {
    /// Unescaped.
    public let key: String
    /// Whatever the key names.
    public let value: JSONValue
    /// A member; the order in its object is that of the list.
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// How deep arrays and objects may be nested in what is parsed.
  public static let maximumDepth = 256

  /// Parses one document.
  public init(parsing text: String) throws(JSONError) {
    try self.init(parsing: Array(text.utf8))
  }

  /// Parses one document in UTF-8 (a byte order mark is not allowed).
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes)
    self = try parser.document()
  }

  /// Parses the first document of a text that comes from users, as Java's Jackson does: of a key that stands twice the last value
  /// counts, and what follows the document is not read.
  package init(parsingFirst bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes, takesLast: true)
    self = try parser.first()
  }

  /// The member called `key` of an object; nil for anything else.
  public subscript(key: String) -> JSONValue? { members?.first { $0.key == key }?.value }

  /// nil for all but objects; so for the accessors below.
  public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
  /// nil for all but arrays.
  public var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  /// nil for all but strings: numbers are not turned into text.
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  /// nil for all but whole numbers that fit.
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// nil for all but booleans.
  public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  /// Whether it is JSON's `null`.
  public var isNull: Bool { self == .null }

  /// The nearest double of any number.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let text): Double(text)
    default: nil
    }
  }

  /// What Java's `JsonNode.asText` answers: a string's text, a number or boolean as written, `null`; "" for arrays and objects.
  public var scalarText: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let text): text
    case .string(let text): text
    case .array, .object: ""
    }
  }
}

/// Why a text is not JSON. Never holds a piece of the text.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Counts bytes from 0.
  public let offset: Int
  /// Counts from 1; `column` counts bytes.
  public let line: Int
  /// Counts bytes of the line from 1.
  public let column: Int
  /// In words, without a piece of the text.
  public let problem: String

  /// Problem, line and column.
  public var description: String { "\(problem) at line \(line), column \(column)" }
}
