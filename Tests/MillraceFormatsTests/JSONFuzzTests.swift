import MillraceCore
import MillraceFormats
import Testing

@Suite struct JSONFuzzTests {
  /// Whatever fits a schema becomes JSON that says the same, whatever does not is a typed error.
  @Test func randomValuesOfRandomSchemasAreWellFormed() throws {
    var random = Random(seed: 7)
    for round in 0..<400 {
      let schema = schema(depth: 0, &random)
      let converter = JSONConverter(
        schemas: round % 2 == 0, decimals: round % 3 == 0 ? .numeric : .base64, replacesNullWithDefault: round % 5 != 0)
      for _ in 0..<5 {
        let value = value(schema, &random)
        let text = try #require(try converted(value, schema, by: converter))
        let json = try JSONText(text)
        if round % 2 == 0 {
          #expect(try Schema(connect: #require(json["schema"])) == schema)
          #expect(json["payload"] != nil)
        }
      }
    }
  }

  @Test func randomSlotsNeverTrap() throws {
    var random = Random(seed: 8)
    var failures = 0
    for _ in 0..<2000 {
      let schema = schema(depth: 0, &random)
      var batch = RecordBatch()
      _ = batch.text("some text in the arena")
      for _ in 0..<8 { batch.slots.append(slot(&random)) }
      // A run that holds itself would be endless; the batch never makes one.
      do {
        let text = try converted(slot(&random), schema, of: &batch, by: JSONConverter(schemas: false))
        if let text { _ = try JSONText(text) }
      } catch is MillraceError {
        failures += 1
      }
    }
    #expect(failures > 100)
  }

  private func slot(_ random: inout Random) -> Slot {
    let kinds: [Slot.Kind] = [.null, .unavailable, .boolean, .integer, .text, .bytes, .structure, .array, .map]
    let wild: [UInt64] = [0, 1, 5, 22, 23, 1 << 40, .max, 1 << 63]
    return Slot(
      kind: kinds.randomElement(using: &random) ?? .null, bits: wild.randomElement(using: &random) ?? 0,
      length: [0, 1, 3, 9, 1000, UInt32.max].randomElement(using: &random) ?? 0)
  }

  private func schema(depth: Int, _ random: inout Random) -> Schema {
    let optional = Bool.random(using: &random)
    let scale = Int.random(in: -3...9, using: &random)
    switch Int.random(in: 0..<(depth > 2 ? 8 : 11), using: &random) {
    case 0: return Schema(.int64, optional: optional)
    case 1: return Schema(.float64, optional: optional)
    case 2: return Schema(.float32, optional: optional)
    case 3: return Schema(.boolean, optional: optional, doc: "d\"oc")
    case 4: return Schema(.bytes, optional: optional)
    case 5:
      return Schema(
        .bytes, optional: optional, name: "org.apache.kafka.connect.data.Decimal", version: 1,
        parameters: [Schema.Parameter("scale", String(scale))])
    case 6: return Schema(.string, optional: optional, defaultValue: .text("de\nfault"))
    case 7: return Schema(.string, optional: optional)
    case 8: return Schema(.array(schema(depth: depth + 1, &random)), optional: optional)
    case 9: return Schema(.map(key: .string, value: schema(depth: depth + 1, &random)), optional: optional)
    default:
      let count = Int.random(in: 0...5, using: &random)
      var fields: [Schema.Field] = []
      for index in 0..<count { fields.append(Schema.Field("f\"\(index)", schema(depth: depth + 1, &random))) }
      return Schema(.structure(fields), optional: optional, name: "s")
    }
  }

  private func value(_ schema: Schema, _ random: inout Random) -> Value {
    if schema.isOptional, Int.random(in: 0..<4, using: &random) == 0 { return Bool.random(using: &random) ? .null : .unavailable }
    switch schema.kind {
    case .int8, .int16, .int32, .int64: return .integer(Int64(truncatingIfNeeded: random.next() >> (random.next() % 64)))
    case .float32: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))))
    case .float64: return .float(Double(bitPattern: random.next()))
    case .boolean: return .boolean(Bool.random(using: &random))
    case .string: return .text(text(&random))
    case .bytes:
      if schema.name != nil, Bool.random(using: &random) { return .integer(Int64(truncatingIfNeeded: random.next())) }
      let least = schema.name == nil ? 0 : 1
      return .bytes((0..<Int.random(in: least...20, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    case .array(let items): return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(items, &random) })
    case .map(_, let item):
      return .map((0..<Int.random(in: 0...3, using: &random)).map { _ in Value.Pair(.text(text(&random)), value(item, &random)) })
    case .structure(let fields): return .structure(fields.map { value($0.schema, &random) })
    }
  }

  private func text(_ random: inout Random) -> String {
    let characters = ["a", "b", " ", "\"", "\\", "\n", "\u{2}", "é", "漢", "😀", "/"]
    var text = ""
    for _ in 0..<Int.random(in: 0...40, using: &random) { text += characters.randomElement(using: &random) ?? "" }
    return text
  }
}
