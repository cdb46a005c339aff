@testable import MillraceArrow
@testable import MillraceCore
@testable import MillraceFormats

/// What writes records, given random schemas and values that fit them, or do not quite.
extension FuzzTarget {
  static let formatTargets: [FuzzTarget] = [
    FuzzTarget("formats", texts(["", "plain", "é€𝄞", "\"\\\u{0}\u{1F}", "2024-01-01", "name.with-dots", "\u{7F}\u{2028}"]), words: ["\"", "\\", "\u{1}", "𝄞"]) {
      var random = FuzzGenerator(state: 7)
      let forms = (0..<256).map { _ in WrittenForms(RandomRecords.schema(&random, depth: 0)) }
      let table = ArrowTable(topic: "t", folder: "", number: 1, ArrowLayout.Options(), keepsLatest: true)
      let converters: [any Converter] = [StringConverter(), SimpleHeaderConverter(), JSONConverter(schemas: true)]
      var output = ByteArena()
      var batch = RecordBatch(capacity: 1 << 12)
      return { input, choices in
        batch.reset()
        output.removeAll()
        let form = forms[choices.below(forms.count)]
        let text = String(decoding: input, as: UTF8.self)
        let slot = batch.slot(RandomRecords.value(form.schema, text, input, &choices, depth: 0))
        let record = Record(
          topic: batch.intern(topic: "t"), keySchema: Record.noSchema, key: .null, valueSchema: batch.intern(schema: form.schema), value: slot,
          firstHeader: 0, headerCount: 0, order: .init(commit: 1, ordinal: 0))
        batch.records.append(record)
        var isGood = form.write(slot, batch, &output)
        for converter in converters {
          let before = output.count
          if (try? converter.convert(slot, schema: record.valueSchema, topic: 0, of: batch, into: &output)) == nil {
            precondition(output.count >= before, "a value at fault has taken bytes of others")
            isGood = false
          }
        }
        let rows = table.rows
        let taken = try? table.take(record, of: batch, sequence: 1, now: 1)
        if taken == nil { precondition(table.rows == rows, "a record at fault has left a row") }
        if taken == .changed || table.rows > 64 { table.published() }
        if table.rows > 0 { _ = table.batch() }
        return isGood
      }
    }
  ]

}

/// One schema in each format that has it.
private struct WrittenForms {
  let schema: Schema
  private let json: [JSONPlan]
  private let avro: AvroPlan?
  private let protobuf: ProtobufPlan?

  init(_ schema: Schema) {
    self.schema = schema
    json = [false, true].compactMap { numbers in
      try? JSONPlan(
        schema,
        JSONSettings(schemasEnabled: false, decimalsAsNumbers: numbers, replacesNullWithDefault: true, placeholder: UnavailableValue.defaultPlaceholder))
    }
    var settings = AvroSettings(hasMetadata: true, isEnhanced: false, scrubsNames: true, allowsOptionalKeys: false)
    settings.placeholder = UnavailableValue.defaultPlaceholder
    avro = (try? AvroSchemaText.schema(of: schema, settings).text()) == nil ? nil : try? AvroPlan(schema, settings)
    let own = ProtobufSettings(marksOptional: false, wrapsNullables: true, scrubsNames: true, placeholder: UnavailableValue.defaultPlaceholder)
    protobuf = (try? ProtobufSchemaText.schema(of: schema, own)) == nil ? nil : try? ProtobufPlan(schema, own)
  }

  func write(_ slot: Slot, _ batch: borrowing RecordBatch, _ output: inout ByteArena) -> Bool {
    var isGood = true
    let contents = batch.contents
    for plan in json {
      let before = output.count
      if (try? plan.view.append(slot, of: contents, schemas: false, to: &output)) != nil {
        let text = output.withBytes(at: before, length: output.count - before) { Array($0) }
        precondition((try? JSONValue(parsing: text)) != nil, "what was written is no JSON")
      } else {
        isGood = false
      }
    }
    if let avro {
      let writer = AvroWriter(nodes: avro.view.nodes, bytes: avro.view.bytes, contents: contents)
      let cursor = try? withUnsafePointer(to: slot) { slot in
        try writer.write(slot, by: avro.view.nodes + avro.view.root, &output, output.cursor(reserving: 64))
      }
      if let cursor { output.finish(cursor) } else { isGood = false }
    }
    if let protobuf {
      let writer = ProtobufWriter(nodes: protobuf.view.nodes, bytes: protobuf.view.bytes, contents: contents)
      if (try? writer.field(slot, by: protobuf.view.nodes + protobuf.view.root, &output)) == nil { isGood = false }
    }
    return isGood
  }
}

private enum RandomRecords {
  private static let plain: [Schema.Kind] = [.int8, .int16, .int32, .int64, .float32, .float64, .boolean, .string, .bytes]
  private static let logical: [(Schema.Kind, String)] = [
    (.int32, "org.apache.kafka.connect.data.Date"), (.int32, "org.apache.kafka.connect.data.Time"), (.int64, "org.apache.kafka.connect.data.Timestamp"),
    (.int32, "io.debezium.time.Date"), (.int64, "io.debezium.time.MicroTimestamp"), (.int64, "io.debezium.time.NanoTimestamp"),
    (.string, "io.debezium.time.ZonedTimestamp"), (.string, "io.debezium.data.Json"), (.string, "io.debezium.data.Uuid"), (.string, "io.debezium.data.Enum"),
  ]

  static func schema(_ random: inout FuzzGenerator, depth: Int) -> Schema {
    let optional = random.below(2) == 0
    switch random.below(depth == 0 ? 8 : depth < 3 ? 16 : 12) {
    case 0...5 where depth == 0, 12, 13:
      let fields = (0..<random.below(6)).map { index in
        Schema.Field(random.below(8) == 0 ? "odd name-\(index)" : "f\(index)", schema(&random, depth: depth + 1))
      }
      return Schema(.structure(fields), optional: optional, name: "s.n\(random.next() % 1_000_000)")
    case 14: return Schema(.array(schema(&random, depth: depth + 1)), optional: optional)
    case 15: return Schema(.map(key: random.below(3) == 0 ? .int32 : .string, value: schema(&random, depth: depth + 1)), optional: optional)
    case 6, 7:
      return Schema(
        .bytes, optional: optional, name: "org.apache.kafka.connect.data.Decimal", version: 1,
        parameters: [Schema.Parameter("scale", String(random.below(40) - 10))])
    case 8, 9:
      let (kind, name) = logical[random.below(logical.count)]
      return Schema(kind, optional: optional, name: name, version: 1, parameters: name.hasSuffix("Enum") ? [Schema.Parameter("allowed", "a,b")] : [])
    default:
      let kind = plain[random.below(plain.count)]
      return Schema(kind, optional: optional, defaultValue: kind == .string && random.below(4) == 0 ? .text("d\"") : nil)
    }
  }

  /// One in thirty values is of a kind that its schema does not have.
  static func value(_ schema: Schema, _ text: String, _ bytes: [UInt8], _ random: inout FuzzGenerator, depth: Int) -> Value {
    if random.below(30) == 0 || depth > 8 {
      let odd: [Value] = [.null, .unavailable, .integer(.min), .text(text), .bytes(bytes), .float(.nan), .boolean(true), .array([.null]), .map([]), .structure([])]
      return odd[random.below(odd.count)]
    }
    if schema.isOptional, random.below(4) == 0 { return random.below(2) == 0 ? .null : .unavailable }
    let number = Int64(bitPattern: random.next()) >> Int64(random.below(64))
    switch schema.kind {
    case .int8, .int16, .int32, .int64: return .integer(number)
    case .float32, .float64: return .float([Double(number), 0.1, .infinity, .nan, Double.leastNonzeroMagnitude, -0.0][random.below(6)])
    case .boolean: return .boolean(number & 1 == 0)
    case .string: return .text(text)
    case .bytes: return schema.isDecimal && random.below(2) == 0 ? .integer(number) : .bytes(bytes)
    case .array(let element): return .array((0..<random.below(4)).map { _ in value(element, text, bytes, &random, depth: depth + 1) })
    case .map(let key, let element):
      return .map(
        (0..<random.below(4)).map { _ in
          Value.Pair(value(key, text, bytes, &random, depth: depth + 1), value(element, text, bytes, &random, depth: depth + 1))
        })
    case .structure(let fields): return .structure(fields.map { value($0.schema, text, bytes, &random, depth: depth + 1) })
    }
  }
}
