internal import MillraceCore

/// JSON for what is written once per schema: schemas, defaults, placeholders. Records go through `JSONWriter`.
extension ByteArena {
  /// `text` in quotes, escaped.
  mutating func append(json text: String) {
    var source = ByteArena(capacity: text.utf8.count)
    source.append(text)
    var cursor = cursor(reserving: source.count * ByteCursor.growth + 64)
    cursor.put(UInt8(ascii: "\""))
    cursor.json(source.start, count: source.count)
    cursor.put(UInt8(ascii: "\""))
    finish(cursor)
  }

  /// A schema as Connect's `JsonConverter.asJsonSchema` writes it; `field` is the name of the member that has it.
  mutating func append(schema: Schema, field: String? = nil, _ settings: JSONSettings) throws(MillraceError) {
    append("{\"type\":\"\(schema.jsonType)\"")
    switch schema.kind {
    case .array(let items):
      append(",\"items\":")
      try append(schema: items, settings)
    case .map(let key, let value):
      append(",\"keys\":")
      try append(schema: key, settings)
      append(",\"values\":")
      try append(schema: value, settings)
    case .structure(let fields):
      append(",\"fields\":[")
      for (index, field) in fields.enumerated() {
        if index > 0 { append(",") }
        try append(schema: field.schema, field: field.name, settings)
      }
      append("]")
    default: break
    }
    append(",\"optional\":\(schema.isOptional)")
    if let name = schema.name {
      append(",\"name\":")
      append(json: name)
    }
    if let version = schema.version { append(",\"version\":\(version)") }
    if let doc = schema.doc {
      append(",\"doc\":")
      append(json: doc)
    }
    if !schema.parameters.isEmpty {
      append(",\"parameters\":")
      for (index, parameter) in schema.parameters.enumerated() {
        append(index == 0 ? "{" : ",")
        append(json: parameter.name)
        append(":")
        append(json: parameter.value)
      }
      append("}")
    }
    if let value = schema.substitute {
      append(",\"default\":")
      try append(json: value, schema, settings)
    }
    if let field {
      append(",\"field\":")
      append(json: field)
    }
    append("}")
  }

  /// A value by its schema.
  mutating func append(json value: Value, _ schema: Schema, _ settings: JSONSettings) throws(MillraceError) {
    switch (schema.kind, value) {
    case (_, .null):
      if settings.replacesNullWithDefault, let value = schema.substitute { return try append(json: value, schema, settings) }
      guard schema.isOptional else { throw .mismatch(schema.name ?? "default") }
      append("null")
    case (.int8, .integer(let value)), (.int16, .integer(let value)), (.int32, .integer(let value)),
      (.int64, .integer(let value)):
      append(decimal: value)
    case (.float32, .float(let value)):
      var cursor = cursor(reserving: 64)
      cursor.jsonFloat(Float(value))
      finish(cursor)
    case (.float64, .float(let value)):
      var cursor = cursor(reserving: 64)
      cursor.jsonDouble(value)
      finish(cursor)
    case (.boolean, .boolean(let value)): append(value ? "true" : "false")
    case (.string, .text(let value)): append(json: value)
    case (.bytes, .bytes(let value)):
      if schema.isDecimal, settings.decimalsAsNumbers {
        append(BigDecimalText.text(unscaled: value, scale: schema.parameter("scale").flatMap { Int($0) } ?? 0))
      } else {
        appendBase64(value)
      }
    case (.bytes, .integer(let value)) where schema.isDecimal:
      if settings.decimalsAsNumbers {
        append(BigDecimalText.text(unscaled: value, scale: schema.parameter("scale").flatMap { Int($0) } ?? 0))
      } else {
        var cursor = cursor(reserving: 64)
        cursor.put(UInt8(ascii: "\""))
        cursor.base64(unscaled: value)
        cursor.put(UInt8(ascii: "\""))
        finish(cursor)
      }
    case (.array(let items), .array(let values)):
      append("[")
      for (index, value) in values.enumerated() {
        if index > 0 { append(",") }
        try append(json: value, items, settings)
      }
      append("]")
    case (.map(let key, let item), .map(let pairs)):
      let isObject = if case .string = key.kind { true } else { false }
      append(isObject ? "{" : "[")
      for (index, pair) in pairs.enumerated() {
        if index > 0 { append(",") }
        if !isObject { append("[") }
        if isObject, pair.key == .null { throw .mismatch("a map's key") }
        try append(json: pair.key, key, settings)
        append(isObject ? ":" : ",")
        try append(json: pair.value, item, settings)
        if !isObject { append("]") }
      }
      append(isObject ? "}" : "]")
    case (.structure(let fields), .structure(let values)) where fields.count == values.count:
      append("{")
      for (index, field) in fields.enumerated() {
        if index > 0 { append(",") }
        append(json: field.name)
        append(":")
        try append(json: values[index], field.schema, settings)
      }
      append("}")
    default: throw .mismatch(schema.name ?? "default")
    }
  }

  private mutating func appendBase64(_ bytes: [UInt8]) {
    var cursor = cursor(reserving: bytes.count * 2 + 64)
    cursor.put(UInt8(ascii: "\""))
    bytes.withUnsafeBytes { if let from = $0.baseAddress { cursor.base64(from, count: $0.count) } }
    cursor.put(UInt8(ascii: "\""))
    finish(cursor)
  }
}

extension ByteCursor {
  /// A double as Jackson writes it: NaN and infinities in quotes. Room for 32 bytes.
  mutating func jsonDouble(_ value: Double) {
    if value.isFinite { java(value) } else { special(value.isNaN, value.sign == .minus) }
  }

  /// A float as Jackson writes it.
  mutating func jsonFloat(_ value: Float) {
    if value.isFinite { java(value) } else { special(value.isNaN, value.sign == .minus) }
  }

  private mutating func special(_ isNaN: Bool, _ isNegative: Bool) {
    let text: StaticString = isNaN ? "\"NaN\"" : isNegative ? "\"-Infinity\"" : "\"Infinity\""
    for index in 0..<text.utf8CodeUnitCount { put(text.utf8Start[index]) }
  }
}

extension MillraceError {
  /// A value that its schema does not allow.
  static func mismatch(_ name: String, in format: String = "json") -> MillraceError {
    MillraceError(
      code: "format.\(format).mismatch", component: format, retry: .record, message: "the value of \(name) does not fit its schema",
      advice: "check the transforms before the converter: a required field may have become null, or a type may have changed",
      subject: name)
  }
}

extension Schema {
  /// The name of the type in a JSON schema.
  var jsonType: String {
    switch kind {
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .float32: "float"
    case .float64: "double"
    case .boolean: "boolean"
    case .string: "string"
    case .bytes: "bytes"
    case .array: "array"
    case .map: "map"
    case .structure: "struct"
    }
  }
}

extension ByteArena {
  /// A value that has no schema, by what it is.
  mutating func append(schemaless value: Value, _ settings: JSONSettings) throws(MillraceError) {
    switch value {
    case .null: append("null")
    case .unavailable: append(json: String(decoding: settings.placeholder, as: UTF8.self))
    case .boolean: try append(json: value, .boolean, settings)
    case .integer: try append(json: value, .int64, settings)
    case .float: try append(json: value, .float64, settings)
    case .text: try append(json: value, .string, settings)
    case .bytes: try append(json: value, .bytes, settings)
    case .structure: throw .mismatch("a struct without a schema")
    case .array(let values):
      append("[")
      for (index, value) in values.enumerated() {
        if index > 0 { append(",") }
        try append(schemaless: value, settings)
      }
      append("]")
    case .map(let pairs):
      // Connect writes an object if every key is a string.
      let isObject = pairs.allSatisfy { if case .text = $0.key { true } else { false } }
      append(isObject ? "{" : "[")
      for (index, pair) in pairs.enumerated() {
        if index > 0 { append(",") }
        if !isObject { append("[") }
        try append(schemaless: pair.key, settings)
        append(isObject ? ":" : ",")
        try append(schemaless: pair.value, settings)
        if !isObject { append("]") }
      }
      append(isObject ? "}" : "]")
    }
  }
}
