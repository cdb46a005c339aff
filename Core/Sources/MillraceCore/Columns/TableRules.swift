/// What the configuration says about the shape of any table's records: how its topic, schemas and fields are called, which
/// columns make its key, and which values are masked or cut. A connector applies it when it makes a table's schemas, never per
/// record.
public struct TableRules: Sendable {
  public let naming: TopicNaming
  public let keyColumns: KeyColumns
  public let alterations: ColumnAlterations
  public let schemaNames: NameAdjustment
  public let fieldNames: NameAdjustment

  /// Reads `topic.*`, `message.key.columns`, `column.mask.*`, `column.truncate.*` and `*.name.adjustment.mode`.
  /// - Parameter parts: those of the connector's default naming strategy.
  public init(_ configuration: inout Configuration, parts: TopicNaming.Parts) {
    naming = TopicNaming(&configuration, parts: parts)
    keyColumns = KeyColumns(&configuration)
    alterations = ColumnAlterations(&configuration)
    schemaNames = NameAdjustment(configuration.choice("schema.name.adjustment.mode", default: .none), of: .schema)
    fieldNames = NameAdjustment(configuration.choice("field.name.adjustment.mode", default: .none), of: .field)
  }

  /// The settings that `init(_:parts:)` reads.
  /// - Parameter strategy: the connector's default naming strategy.
  public static func options(strategy: String) -> [ConfigurationOption] {
    TopicNaming.options(strategy: strategy) + NameAdjustment.options + KeyColumns.options + ColumnAlterations.options
  }
}
