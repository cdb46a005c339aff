public import MillraceCore

/// Confluent's AvroConverter (7.0), byte for byte: what the registry says stands before the value in Avro's binary encoding.
///
/// A value of kind `unavailable` is written as the placeholder in the form that its schema allows (see `UnavailableValue`), as null
/// where there is no such form.
public final class AvroConverter: PreparingConverter {
  /// The settings below `key.converter.` and the like that are not the registry's.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("connect.meta.data", .boolean, default: "true", "Whether Avro schemas carry what only Connect's know (connect.*)."),
    ConfigurationOption(
      "enhanced.avro.schema.support", .boolean, default: "false", "Whether schemas that say so become enums (io.confluent.connect.avro.Enum)."),
    ConfigurationOption("scrub.invalid.names", .boolean, default: "false", "Whether characters that Avro does not allow in names are replaced."),
    ConfigurationOption("allow.optional.map.keys", .boolean, default: "false", "Whether maps whose keys may be null are Avro's own maps, too."),
    ConfigurationOption(
      "schemas.cache.config", .integer(0...Int.max), default: "10000", "How many schemas are kept compiled (Confluent: 1000); more only cost time."),
  ]

  private let settings: AvroSettings
  private let plans: RegisteredPlans<Content>

  /// A plan; a value without a schema has none.
  enum Content: Sendable {
    case plan(AvroPlan)
    case anything
  }

  init(_ settings: AvroSettings, cacheSize: Int = 10_000, registry: any SchemaRegistry) {
    self.settings = settings
    plans = RegisteredPlans(limit: cacheSize, registry: registry) { schema, topic, part throws(MillraceError) in
      guard let schema else {
        return .init(
          plan: .anything, schema: .init(.avro, AvroSchemaText.anything, name: AvroSchemaText.anythingName, topic: topic, part: part))
      }
      let text = try AvroSchemaText.schema(of: schema, settings).text()
      return .init(
        plan: .plan(try AvroPlan(schema, settings)),
        schema: .init(.avro, text, name: AvroSchemaText.recordName(schema, settings), topic: topic, part: part))
    }
  }

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public convenience init(
    _ configuration: inout Configuration, placeholder: [UInt8] = UnavailableValue.defaultPlaceholder, registry: any SchemaRegistry
  ) {
    let settings = AvroSettings(&configuration, placeholder: placeholder)
    self.init(settings, cacheSize: configuration.integer("schemas.cache.config", default: 10_000), registry: registry)
  }

  public var form: ConvertedForm { .binary }

  public func prepare(_ box: BatchBox, _ part: RecordPart) async throws(MillraceError) { try await plans.prepare(box, part) }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    if slot.isNull { return false }
    let registered = try plans.plan(schema, topic, of: batch)
    let before = output.count
    let (prefix, view) = registered._withUnsafeGuaranteedRef { ($0.prefix, $0.plan.view) }
    var cursor = output.cursor(reserving: 1024)
    prefix.write(&cursor)
    guard let view else {
      output.finish(cursor)
      try output.append(anything: batch.value(slot))
      return true
    }
    do throws(AvroWriter.Mismatch) {
      let writer = AvroWriter(nodes: view.nodes, bytes: view.bytes, contents: batch.contents)
      cursor = try withUnsafePointer(to: slot) { (slot) throws(AvroWriter.Mismatch) in
        try writer.write(slot, by: view.nodes + view.root, &output, cursor)
      }
      output.finish(cursor)
    } catch {
      output.truncate(to: before)
      throw registered._withUnsafeGuaranteedRef { $0.plan.mismatch(error.node) }
    }
    return true
  }
}

extension AvroConverter.Content {
  @inline(__always) var view: AvroPlan.View? { if case .plan(let plan) = self { plan.view } else { nil } }

  func mismatch(_ node: Int) -> MillraceError {
    guard case .plan(let plan) = self, plan.compiled.names.indices.contains(node) else { return .mismatch("value", in: "avro") }
    return .mismatch(plan.compiled.names[node], in: "avro")
  }
}

extension ByteArena {
  /// A value without a schema, as a record of `AvroSchemaText.anything`.
  mutating func append(anything value: Value) throws(MillraceError) {
    let place =
      switch value {
      case .null, .unavailable: -1
      case .boolean: 0
      case .bytes: 1
      case .float: 2
      case .integer: 5
      case .text: 6
      case .array: 7
      case .map: 8
      case .structure: -2
      }
    if place == -2 { throw .mismatch("a struct without a schema", in: "avro") }
    for field in 0..<9 {
      guard field == place else {
        append(0 as UInt8)
        continue
      }
      append(2 as UInt8)
      var cursor = cursor(reserving: 64)
      switch value {
      case .boolean(let value): cursor.put(value ? 1 : 0)
      case .float(let value): cursor.put(word: value.bitPattern)
      case .integer(let value): cursor.zigzag(value)
      case .text(let text): cursor.zigzag(Int64(text.utf8.count))
      case .bytes(let bytes): cursor.zigzag(Int64(bytes.count))
      case .array(let values): if !values.isEmpty { cursor.zigzag(Int64(values.count)) }
      case .map(let pairs): if !pairs.isEmpty { cursor.zigzag(Int64(pairs.count)) }
      default: break
      }
      finish(cursor)
      switch value {
      case .text(let text): append(text)
      case .bytes(let bytes): append(bytes)
      case .array(let values):
        for value in values { try append(anything: value) }
        append(0 as UInt8)
      case .map(let pairs):
        for pair in pairs {
          try append(anything: pair.key)
          try append(anything: pair.value)
        }
        append(0 as UInt8)
      default: break
      }
    }
  }
}
