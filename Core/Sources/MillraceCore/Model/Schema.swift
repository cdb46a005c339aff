/// The shape of a value, in Kafka Connect's terms (org.apache.kafka.connect.data.Schema, Kafka 4): shared and immutable.
///
/// Identity matters: whatever is computed from a schema alone (a converter's plan, a transform's plan) is kept per schema
/// *object*, so a connector must hand out the same object for as long as a table's shape does not change.
/// Equality is structural.
public final class Schema: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case int8, int16, int32, int64, float32, float64, boolean, string, bytes
    indirect case array(Schema)
    indirect case map(key: Schema, value: Schema)
    case structure([Field])
  }

  /// One member of a struct.
  public struct Field: Sendable, Hashable {
    public let name: String
    public let schema: Schema
    public init(_ name: String, _ schema: Schema) {
      self.name = name
      self.schema = schema
    }
  }

  /// A schema parameter; the order is kept, because it shows in the JSON form.
  public struct Parameter: Sendable, Hashable {
    public let name: String
    public let value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// How a value that the log did not carry is written (`unavailable.value.placeholder`).
  public enum Placeholder: Sendable, Hashable {
    /// As the kind of schema allows it.
    case ofKind
    /// Text that is a JSON object of one pair, the placeholder being key and value.
    case jsonPair
  }

  public let kind: Kind
  public let isOptional: Bool
  /// The semantic type, such as `io.debezium.time.Date`, or a struct's own name.
  public let name: String?
  public let version: Int?
  public let doc: String?
  public let parameters: [Parameter]
  /// Used by converters for `null` where `replace.null.with.default` is on, and shown in the schema.
  public let defaultValue: Value?
  /// Not part of the schema's own form.
  public let placeholder: Placeholder

  public init(
    _ kind: Kind, optional: Bool = false, name: String? = nil, version: Int? = nil, doc: String? = nil,
    parameters: [Parameter] = [], defaultValue: Value? = nil, placeholder: Placeholder = .ofKind
  ) {
    self.kind = kind
    self.isOptional = optional
    self.name = name
    self.version = version
    self.doc = doc
    self.parameters = parameters
    self.defaultValue = defaultValue
    self.placeholder = placeholder
  }

  /// The fields of a struct, none for other kinds.
  public var fields: [Field] {
    if case .structure(let fields) = kind { fields } else { [] }
  }

  /// The index of the struct's field called `name`.
  public func index(of name: String) -> Int? { fields.firstIndex { $0.name == name } }

  public func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// The same schema, optional or required.
  public func with(optional: Bool) -> Schema {
    optional == isOptional
      ? self
      : Schema(
        kind, optional: optional, name: name, version: version, doc: doc, parameters: parameters, defaultValue: defaultValue,
        placeholder: placeholder)
  }

  /// The same schema with one more parameter.
  public func with(parameter: Parameter) -> Schema {
    Schema(
      kind, optional: isOptional, name: name, version: version, doc: doc, parameters: parameters + [parameter],
      defaultValue: defaultValue, placeholder: placeholder)
  }

  public static func == (a: Schema, b: Schema) -> Bool {
    a === b
      || (a.kind == b.kind && a.isOptional == b.isOptional && a.name == b.name && a.version == b.version && a.doc == b.doc
        && a.parameters == b.parameters && a.defaultValue == b.defaultValue && a.placeholder == b.placeholder)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(isOptional)
    hasher.combine(name)
    hasher.combine(version)
  }
}

extension Schema {
  public static let int8 = Schema(.int8), optionalInt8 = Schema(.int8, optional: true)
  public static let int16 = Schema(.int16), optionalInt16 = Schema(.int16, optional: true)
  public static let int32 = Schema(.int32), optionalInt32 = Schema(.int32, optional: true)
  public static let int64 = Schema(.int64), optionalInt64 = Schema(.int64, optional: true)
  public static let float32 = Schema(.float32), optionalFloat32 = Schema(.float32, optional: true)
  public static let float64 = Schema(.float64), optionalFloat64 = Schema(.float64, optional: true)
  public static let boolean = Schema(.boolean), optionalBoolean = Schema(.boolean, optional: true)
  public static let string = Schema(.string), optionalString = Schema(.string, optional: true)
  public static let bytes = Schema(.bytes), optionalBytes = Schema(.bytes, optional: true)
}
