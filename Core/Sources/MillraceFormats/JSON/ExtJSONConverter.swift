public import MillraceCore

/// Apicurio's ExtJsonConverter: `{"schemaId":…,"payload":…}`, JSON whose schema, in the form of Kafka Connect's JsonConverter, is in a
/// registry.
public final class ExtJSONConverter: PreparingConverter {
  /// The settings below `key.converter.` and the like that are not the registry's.
  public static let options: [ConfigurationOption] = JSONConverter.options.map { option in
    option.name == "schemas.enable"
      ? ConfigurationOption(option.name, support: .ignored(reason: "the schema is in the registry"), option.summary) : option
  }

  private let plans: RegisteredPlans<JSONPlan>

  init(_ settings: JSONSettings, cacheSize: Int = 10_000, registry: any SchemaRegistry) {
    plans = RegisteredPlans(limit: cacheSize, registry: registry) { schema, topic, part throws(MillraceError) in
      guard let schema else { throw .mismatch("a value without a schema", in: "json") }
      var text = ByteArena(capacity: 1024)
      try text.append(schema: schema, settings)
      return .init(
        plan: try JSONPlan(schema, settings),
        schema: .init(
          .connect, text.withBytes { String(decoding: $0, as: UTF8.self) }, name: schema.name, topic: topic, part: part))
    }
  }

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public convenience init(
    _ configuration: inout Configuration, placeholder: [UInt8] = UnavailableValue.defaultPlaceholder, registry: any SchemaRegistry
  ) {
    let decimals = configuration.choice("decimal.format", default: JSONConverter.DecimalFormat.base64)
    let settings = JSONSettings(
      schemasEnabled: false, decimalsAsNumbers: decimals == .numeric,
      replacesNullWithDefault: configuration.boolean("replace.null.with.default", default: true), placeholder: placeholder)
    self.init(settings, cacheSize: configuration.integer("schemas.cache.size", default: 10_000), registry: registry)
  }

  public var form: ConvertedForm { .json }

  public func prepare(_ box: BatchBox, _ part: RecordPart) async throws(MillraceError) { try await plans.prepare(box, part) }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    if slot.isNull { return false }
    let registered = try plans.plan(schema, topic, of: batch)
    let before = output.count
    let (number, view) = registered._withUnsafeGuaranteedRef { ($0.number, $0.plan.view) }
    output.append("{\"schemaId\":" as StaticString)
    output.append(decimal: number)
    output.append(",\"payload\":" as StaticString)
    do throws(JSONWriter.Mismatch) {
      try view.append(slot, of: batch.contents, schemas: false, to: &output)
    } catch {
      output.truncate(to: before)
      throw .mismatch(registered._withUnsafeGuaranteedRef { $0.plan.compiled.names[error.node] })
    }
    output.append(UInt8(ascii: "}"))
    return true
  }
}
