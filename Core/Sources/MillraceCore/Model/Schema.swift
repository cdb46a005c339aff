/// The shape of a value, in Kafka Connect's terms (org.apache.kafka.connect.data.Schema, Kafka 4): shared and immutable.
///
/// Identity matters: whatever is computed from a schema alone (a converter's plan, a transform's plan) is kept per schema
/// *object*, so a connector must hand out the same object for as long as a table's shape does not change.
/// Equality is structural.
public final class Schema: Sendable, Hashable {
  /// The type of a value, in Connect's terms.
  public enum Kind: Sendable, Hashable {
    /// How a slot holds each of them is told by `Slot`.
    case int8, int16, int32, int64, float32, float64, boolean, string, bytes
    /// Elements of one schema.
    indirect case array(Schema)
    /// Pairs of two schemas.
    indirect case map(key: Schema, value: Schema)
    /// Fields in the order of their slots.
    case structure([Field])
  }

  /// One member of a struct.
  public struct Field: Sendable, Hashable {
    /// Unique in its struct.
    public let name: String
    /// The shape of the field's values.
    public let schema: Schema
    /// A field; its place in the list is the place of its slot.
    public init(_ name: String, _ schema: Schema) {
      self.name = name
      self.schema = schema
    }
  }

  /// A schema parameter; the order is kept, because it shows in the JSON form.
  public struct Parameter: Sendable, Hashable {
    /// Such as `scale` or `allowed`.
    public let name: String
    /// Connect knows only text here.
    public let value: String
    /// A parameter; order is part of the JSON form.
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

  /// The type, with what is below it.
  public let kind: Kind
  /// Whether null is a value. A required field may still hold null slots where the reference writes them.
  public let isOptional: Bool
  /// The semantic type, such as `io.debezium.time.Date`, or a struct's own name.
  public let name: String?
  /// The version of the semantic type; not of the table.
  public let version: Int?
  /// For people; shown in the JSON form of the schema.
  public let doc: String?
  /// In the order in which they are shown.
  public let parameters: [Parameter]
  /// Used by converters for `null` where `replace.null.with.default` is on, and shown in the schema.
  public let defaultValue: Value?
  /// Not part of the schema's own form.
  public let placeholder: Placeholder

  /// Make one for each shape, not for each record: plans are kept by object.
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

  /// The value of the parameter called `name`.
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

  /// Equal in every part, defaults and documentation included; the same object is equal at once.
  public static func == (a: Schema, b: Schema) -> Bool {
    a === b
      || (a.kind == b.kind && a.isOptional == b.isOptional && a.name == b.name && a.version == b.version && a.doc == b.doc
        && a.parameters == b.parameters && a.defaultValue == b.defaultValue && a.placeholder == b.placeholder)
  }

  /// By kind, optionality, name and version.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(isOptional)
    hasher.combine(name)
    hasher.combine(version)
  }
}

extension Schema {
  /// Required and optional, shared by all.
  public static let int8 = Schema(.int8), optionalInt8 = Schema(.int8, optional: true)
  /// Required and optional, shared by all.
  public static let int16 = Schema(.int16), optionalInt16 = Schema(.int16, optional: true)
  /// Required and optional, shared by all.
  public static let int32 = Schema(.int32), optionalInt32 = Schema(.int32, optional: true)
  /// Required and optional, shared by all.
  public static let int64 = Schema(.int64), optionalInt64 = Schema(.int64, optional: true)
  /// Required and optional, shared by all.
  public static let float32 = Schema(.float32), optionalFloat32 = Schema(.float32, optional: true)
  /// Required and optional, shared by all.
  public static let float64 = Schema(.float64), optionalFloat64 = Schema(.float64, optional: true)
  /// Required and optional, shared by all.
  public static let boolean = Schema(.boolean), optionalBoolean = Schema(.boolean, optional: true)
  /// Required and optional, shared by all.
  public static let string = Schema(.string), optionalString = Schema(.string, optional: true)
  /// Required and optional, shared by all.
  public static let bytes = Schema(.bytes), optionalBytes = Schema(.bytes, optional: true)
}
