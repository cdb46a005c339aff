public import MillraceCore

/// Kafka Connect's JsonConverter (4.3), byte for byte: `{"schema":…,"payload":…}`, or the payload alone.
///
/// A value of kind `unavailable` is written as the placeholder in the form that its schema allows (see `UnavailableValue`), as
/// null where there is no such form. Numbers are written as Java prints them.
public final class JSONConverter: Converter {
  /// How decimals are written: Connect's bytes, or JSON numbers.
  public enum DecimalFormat: String, CaseIterable, Sendable {
    /// The setting's values in lower case.
    case base64, numeric
  }

  /// The settings below `key.converter.` and the like.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("schemas.enable", default: "true", "Whether each message carries its schema beside the payload."),
    ConfigurationOption(
      "decimal.format", default: "BASE64", "How decimals are written: BASE64 (unscaled two's complement) or NUMERIC."),
    ConfigurationOption(
      "replace.null.with.default", default: "true", "Whether null is written as the default of a field that has one."),
    ConfigurationOption(
      "schemas.cache.size", default: "10000", "How many schemas are kept in rendered form (Kafka: 1000); more only cost time."),
  ]

  private let settings: JSONSettings
  private let cacheSize: Int
  private let state: PlanTable<JSONPlan>

  /// - Parameter placeholder: what stands for a value that the log did not carry, as bytes.
  public init(
    schemas: Bool = true, decimals: DecimalFormat = .base64, replacesNullWithDefault: Bool = true, cacheSize: Int = 10_000,
    placeholder: [UInt8] = UnavailableValue.defaultPlaceholder
  ) {
    settings = JSONSettings(
      schemasEnabled: schemas, decimalsAsNumbers: decimals == .numeric, replacesNullWithDefault: replacesNullWithDefault,
      placeholder: placeholder)
    self.cacheSize = cacheSize
    state = PlanTable(limit: cacheSize)
  }

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public convenience init(
    _ configuration: inout Configuration, placeholder: [UInt8] = UnavailableValue.defaultPlaceholder
  ) {
    let schemas = configuration.boolean("schemas.enable", default: true)
    let decimals = configuration.choice("decimal.format", default: DecimalFormat.base64)
    let replaces = configuration.boolean("replace.null.with.default", default: true)
    let size = configuration.integer("schemas.cache.size", default: 10_000)
    self.init(
      schemas: schemas, decimals: decimals, replacesNullWithDefault: replaces, cacheSize: size, placeholder: placeholder)
  }

  public var form: ConvertedForm { .json }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    if schema == Record.noSchema { return try withoutSchema(slot, of: batch, into: &output) }
    let plan = try state.plan(schema, of: batch) { [settings] schema throws(MillraceError) in try JSONPlan(schema, settings) }
    let view = plan._withUnsafeGuaranteedRef { $0.view }
    let before = output.count
    do throws(JSONWriter.Mismatch) {
      try view.append(slot, of: batch.contents, schemas: settings.schemasEnabled, to: &output)
    } catch {
      output.truncate(to: before)
      throw .mismatch(plan._withUnsafeGuaranteedRef { $0.compiled.names[error.node] })
    }
    return true
  }

  /// A value without a schema: null has no bytes, anything else is written as what it is.
  private func withoutSchema(_ slot: Slot, of batch: borrowing RecordBatch, into output: inout ByteArena) throws(MillraceError)
    -> Bool
  {
    if slot.isNull { return false }
    if settings.schemasEnabled { output.append("{\"schema\":null,\"payload\":") }
    try output.append(schemaless: batch.value(slot), settings)
    if settings.schemasEnabled { output.append("}") }
    return true
  }
}
