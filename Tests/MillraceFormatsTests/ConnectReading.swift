import MillraceCore

/// The way back from Connect's JSON: schemas and payloads as a recorded message has them.
extension Schema {
  convenience init(connect json: JSONText) throws {
    let kind: Kind
    switch json["type"]?.string {
    case "int8": kind = .int8
    case "int16": kind = .int16
    case "int32": kind = .int32
    case "int64": kind = .int64
    case "float": kind = .float32
    case "double": kind = .float64
    case "boolean": kind = .boolean
    case "string": kind = .string
    case "bytes": kind = .bytes
    case "array": kind = .array(try Schema(connect: json["items"] ?? .null))
    case "map": kind = .map(key: try Schema(connect: json["keys"] ?? .null), value: try Schema(connect: json["values"] ?? .null))
    case "struct":
      kind = .structure(try (json["fields"]?.items ?? []).map { Field($0["field"]?.string ?? "", try Schema(connect: $0)) })
    default: throw JSONText.Malformed(offset: 0)
    }
    var parameters: [Parameter] = []
    if case .object(let members)? = json["parameters"] {
      parameters = members.map { Parameter($0.name, $0.value.string ?? "") }
    }
    let bare = Schema(kind, name: json["name"]?.string)
    self.init(
      kind, optional: json["optional"]?.isTrue ?? false, name: json["name"]?.string,
      version: json["version"]?.number.flatMap { Int($0) }, doc: json["doc"]?.string, parameters: parameters,
      defaultValue: try json["default"].map { try Value(connect: $0, bare) })
  }
}

extension Value {
  init(connect json: JSONText, _ schema: Schema) throws {
    switch (schema.kind, json) {
    case (_, .null): self = .null
    case (.boolean, .boolean(let value)): self = .boolean(value)
    case (.string, .string(let value)): self = .text(value)
    case (.bytes, .string(let value)): self = .bytes(Value.bytes(base64: value))
    case (.float32, .number(let value)): self = .float(Double(Float(value) ?? 0))
    case (.float64, .number(let value)): self = .float(Double(value) ?? 0)
    case (.float32, .string(let value)), (.float64, .string(let value)):
      self = .float(value == "NaN" ? .nan : value.hasPrefix("-") ? -.infinity : .infinity)
    case (_, .number(let value)): self = .integer(Int64(value) ?? 0)
    case (.array(let items), .array(let values)): self = .array(try values.map { try Value(connect: $0, items) })
    case (.map(let key, let item), .object(let members)):
      self = .map(try members.map { Pair(try Value(connect: .string($0.name), key), try Value(connect: $0.value, item)) })
    case (.map(let key, let item), .array(let pairs)):
      self = .map(try pairs.map { Pair(try Value(connect: $0.items[0], key), try Value(connect: $0.items[1], item)) })
    case (.structure(let fields), .object(let members)):
      self = .structure(try zip(fields, members).map { try Value(connect: $1.value, $0.schema) })
    default: throw JSONText.Malformed(offset: 0)
    }
  }

  private static func bytes(base64: String) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in base64.utf8 {
      guard let value = alphabet.firstIndex(of: character) else { break }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}

/// What a converter makes of one value; nil for null without bytes.
func converted(_ value: Value, _ schema: Schema?, by converter: any Converter) throws -> String? {
  var batch = RecordBatch()
  let slot = batch.slot(value)
  return try converted(slot, schema, of: &batch, by: converter)
}

func converted(_ slot: Slot, _ schema: Schema?, of batch: inout RecordBatch, by converter: any Converter) throws -> String? {
  var output = ByteArena()
  let index = schema.map { batch.intern(schema: $0) } ?? Record.noSchema
  let topic = batch.intern(topic: "t")
  guard try converter.convert(slot, schema: index, topic: topic, of: batch, into: &output) else { return nil }
  return output.withBytes { String(decoding: $0, as: UTF8.self) }
}
