internal import MillraceCore

/// What the settings of a Protobuf converter come to (io.confluent.connect.protobuf.ProtobufDataConfig).
struct ProtobufSettings: Sendable {
  /// `optional.for.nullables`
  var marksOptional = false
  /// `wrapper.for.nullables`
  var wrapsNullables = false
  /// `scrub.invalid.names`
  var scrubsNames = false
  var placeholder: [UInt8] = UnavailableValue.defaultPlaceholder
}

/// Names and numbers of one struct's fields.
enum ProtobufField {
  static let tag = "io.confluent.connect.protobuf.Tag"

  /// The numbers of the fields: 1, 2, 3, …, and what a parameter says for those that have it.
  static func numbers(_ fields: [Schema.Field]) -> [Int] {
    var next = 0
    return fields.map { field in
      if let tag = field.schema.parameter(tag).flatMap({ Int($0) }), tag > 0, tag < 1 << 29 { return tag }
      next += 1
      return next
    }
  }
}

/// The wrappers of single values (google/protobuf/wrappers.proto), in the order of the file.
enum ProtobufWrapper: Int {
  case double, float, int64, uint64, int32, uint32, bool, string, bytes

  init?(_ schema: Schema) {
    switch schema.kind {
    case .int8, .int16, .int32: self = .int32
    case .int64: self = .int64
    case .float32: self = .float
    case .float64: self = .double
    case .boolean: self = .bool
    case .string: self = .string
    case .bytes: self = .bytes
    case .array, .map, .structure: return nil
    }
  }

  var message: String {
    ["DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue", "BytesValue"][rawValue]
  }
  var type: String { ["double", "float", "int64", "uint64", "int32", "uint32", "bool", "string", "bytes"][rawValue] }

  static let file = "google/protobuf/wrappers.proto"

  /// The file as Confluent's serializer registers it.
  static let text: String = {
    let options = [
      "java_package = \"com.google.protobuf\"", "java_outer_classname = \"WrappersProto\"", "java_multiple_files = true",
      "go_package = \"google.golang.org/protobuf/types/known/wrapperspb\"", "cc_enable_arenas = true", "objc_class_prefix = \"GPB\"",
      "csharp_namespace = \"Google.Protobuf.WellKnownTypes\"",
    ]
    let messages = (0..<9).compactMap { ProtobufWrapper(rawValue: $0) }.map {
      "message \($0.message) {\n  \($0.type) value = 1 [json_name = \"value\"];\n}\n"
    }
    return "syntax = \"proto3\";\npackage google.protobuf;\n\n" + options.map { "option \($0);\n" }.joined() + "\n" + messages.joined()
  }()
}

/// Connect's logical types, which have messages of their own.
enum ProtobufLogical {
  case decimal, date, time, timestamp

  init?(_ schema: Schema) {
    switch (schema.name, schema.kind) {
    case ("org.apache.kafka.connect.data.Decimal", .bytes): self = .decimal
    case ("org.apache.kafka.connect.data.Date", .int32): self = .date
    case ("org.apache.kafka.connect.data.Time", .int32): self = .time
    case ("org.apache.kafka.connect.data.Timestamp", .int64): self = .timestamp
    default: return nil
    }
  }

  var type: String {
    switch self {
    case .decimal: "confluent.type.Decimal"
    case .date: "google.type.Date"
    case .time: "google.type.TimeOfDay"
    case .timestamp: "google.protobuf.Timestamp"
    }
  }

  var file: String {
    switch self {
    case .decimal: "confluent/type/decimal.proto"
    case .date: "google/type/date.proto"
    case .time: "google/type/timeofday.proto"
    case .timestamp: "google/protobuf/timestamp.proto"
    }
  }
}
