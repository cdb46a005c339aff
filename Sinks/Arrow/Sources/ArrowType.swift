internal import MillraceCore

/// The type of a column, and how its values are read from slots.
indirect enum ArrowType: Equatable, Sendable {
  enum Unit: Int16, Sendable { case seconds, milliseconds, microseconds, nanoseconds }

  case integer(bits: Int, isSigned: Bool)
  case float32, float64, boolean, utf8, binary
  /// Connect's decimal of at most 38 digits.
  case decimal(precision: Int, scale: Int)
  /// A decimal as exact text: one with more digits, or, without a scale, Debezium's struct of scale and digits.
  case decimalText(scale: Int?)
  /// Days since 1970.
  case date
  case time(Unit)
  case timestamp(Unit)
  /// Text with a zone as microseconds of UTC.
  case zonedTimestamp
  case duration(Unit)
  case list(ArrowField)
  /// Each byte as a float.
  case numbers
  case structure([ArrowField])
  case map(key: ArrowField, value: ArrowField)

  /// How types are chosen where there is a choice.
  struct Rules: Equatable, Sendable {
    /// Times of the day as durations: for databases whose times may be negative, or a day long and more.
    var timesAreDurations = false
    /// Binary columns, by name, that become lists of floats.
    var vectors: Set<String> = []
  }

  /// - Parameter name: of the column, for the rules.
  init(_ schema: Schema, name: String, _ rules: Rules) {
    if let semantic = ArrowType.semantic(schema, rules) {
      self = semantic
      return
    }
    switch schema.kind {
    case .int8: self = .integer(bits: 8, isSigned: true)
    case .int16: self = .integer(bits: 16, isSigned: true)
    case .int32: self = .integer(bits: 32, isSigned: true)
    case .int64: self = .integer(bits: 64, isSigned: true)
    case .float32: self = .float32
    case .float64: self = .float64
    case .boolean: self = .boolean
    case .string: self = .utf8
    case .bytes: self = rules.vectors.contains(name) ? .numbers : .binary
    case .array(let items): self = .list(ArrowField("item", ArrowType(items, name: "", rules)))
    case .map(let key, let value):
      self = .map(
        key: ArrowField("key", ArrowType(key, name: "", rules), isNullable: false),
        value: ArrowField("value", ArrowType(value, name: "", rules)))
    case .structure(let fields):
      self = fields.isEmpty ? .utf8 : .structure(fields.map { ArrowField($0.name, ArrowType($0.schema, name: "", rules)) })
    }
  }

  /// What the schema's name says: the types of io.debezium.time, io.debezium.data and Connect's own.
  private static func semantic(_ schema: Schema, _ rules: Rules) -> ArrowType? {
    if schema.isDecimal {
      let precision = schema.parameter("connect.decimal.precision").flatMap { Int($0) } ?? 38
      let isCommon = (1...38).contains(precision) && (0...precision).contains(schema.scale)
      return isCommon ? .decimal(precision: precision, scale: schema.scale) : .decimalText(scale: schema.scale)
    }
    func time(_ unit: Unit) -> ArrowType { rules.timesAreDurations ? .duration(unit) : .time(unit) }
    switch (schema.name, schema.kind) {
    case ("io.debezium.time.Date", .int32), ("org.apache.kafka.connect.data.Date", .int32): return .date
    case ("io.debezium.time.Time", .int32), ("org.apache.kafka.connect.data.Time", .int32): return time(.milliseconds)
    case ("io.debezium.time.MicroTime", .int64): return time(.microseconds)
    case ("io.debezium.time.NanoTime", .int64): return time(.nanoseconds)
    case ("io.debezium.time.Timestamp", .int64), ("org.apache.kafka.connect.data.Timestamp", .int64): return .timestamp(.milliseconds)
    case ("io.debezium.time.MicroTimestamp", .int64): return .timestamp(.microseconds)
    case ("io.debezium.time.NanoTimestamp", .int64): return .timestamp(.nanoseconds)
    case ("io.debezium.time.ZonedTimestamp", .string): return .zonedTimestamp
    case ("io.debezium.time.MicroDuration", .int64): return .duration(.microseconds)
    case ("io.debezium.time.NanoDuration", .int64): return .duration(.nanoseconds)
    case ("io.debezium.data.VariableScaleDecimal", .structure(let fields)) where fields.count == 2: return .decimalText(scale: nil)
    default: return nil
    }
  }

  /// Bytes of a value of fixed width; nil for the others.
  var width: Int? {
    switch self {
    case .integer(let bits, _): bits / 8
    case .float32, .date, .time(.seconds), .time(.milliseconds): 4
    case .float64, .time, .timestamp, .zonedTimestamp, .duration: 8
    case .decimal: 16
    case .boolean, .utf8, .binary, .decimalText, .list, .numbers, .structure, .map: nil
    }
  }

  /// What the columns below this one hold.
  var children: [ArrowField] {
    switch self {
    case .list(let item): [item]
    case .numbers: [ArrowField("item", .float32)]
    case .structure(let fields): fields
    case .map(let key, let value): [ArrowField("entries", .structure([key, value]), isNullable: false)]
    default: []
    }
  }

  /// Whether each value is a run of the child's.
  var isList: Bool {
    switch self {
    case .list, .numbers, .map: true
    default: false
    }
  }
}

/// A column with its name. All are nullable but the keys of maps: a delete may know nothing but the key.
struct ArrowField: Equatable, Sendable {
  let name: String
  let type: ArrowType
  let isNullable: Bool

  init(_ name: String, _ type: ArrowType, isNullable: Bool = true) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
  }
}
