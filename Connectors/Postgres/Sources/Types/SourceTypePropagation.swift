internal import MillraceCore

/// `column.propagate.source.type` and `datatype.propagate.source.type`: the fields whose schema names the database's type, as
/// parameters `__debezium.source.column.*` (io.debezium.relational.mapping.PropagateSourceMetadataToSchemaParameter).
/// Type names, lengths and scales are those that the reference takes from the stream; those of its snapshot come from JDBC and
/// differ for serials, `numeric` without a scale, and types outside the search path.
struct SourceTypePropagation: Sendable {
  private let columns: NameFilter?
  private let types: NameFilter?

  /// Nil where neither setting is given.
  init?(_ configuration: inout Configuration) {
    columns = NameFilter("column.propagate.source.type", of: &configuration)
    types = NameFilter("datatype.propagate.source.type", of: &configuration)
    if columns == nil, types == nil { return nil }
  }

  /// The field with the parameters of its column, or as it is where none are wanted.
  func field(
    _ field: Schema.Field, of column: PostgresTable.Column, schema: String, table: String, _ catalog: PostgresTypeCatalog
  ) -> Schema.Field {
    let type = catalog[column.type]?.name ?? "unknown"
    guard columns?.matches("\(schema).\(table).\(column.name)") == true || types?.matches("\(schema).\(table).\(type)") == true
    else { return field }
    let size = Self.size(type: column.type, typmod: column.modifier, catalog)
    let parameters = [
      ("type", type.uppercased()), ("length", "\(size.length)"), ("scale", "\(size.scale)"), ("name", column.name),
    ]
    let old = field.schema
    return Schema.Field(
      field.name,
      Schema(
        old.kind, optional: old.isOptional, name: old.name, version: old.version, doc: old.doc,
        parameters: old.parameters + parameters.map { Schema.Parameter("__debezium.source.column.\($0)", $1) },
        defaultValue: old.defaultValue, placeholder: old.placeholder))
  }

  /// What the JDBC driver answers for a type: digits, characters or bits; for times the width of their text. An array has the
  /// size of its elements.
  static func size(type oid: UInt32, typmod: Int32, _ catalog: PostgresTypeCatalog) -> (length: Int, scale: Int) {
    let unlimited = Int(Int32.max)
    guard let (resolved, typmod) = catalog.resolved(oid, typmod: typmod) else { return (unlimited, 0) }
    var type = resolved
    // Not int2vector and oidvector.
    if case .array(let element) = type.kind, !type.name.hasSuffix("vector"), let inner = catalog[element] { type = inner }
    guard type.schema == "pg_catalog" else { return (unlimited, 0) }
    let given = Int(typmod)
    let digits = given >= 0 ? given : 6
    /// The driver counts two digits where there is one.
    let fraction = digits == 0 ? 0 : digits == 1 ? 3 : digits + 1
    switch type.name {
    case "bool", "char": return (1, 0)
    case "int2": return (5, 0)
    case "int4", "oid": return (10, 0)
    case "int8": return (19, 0)
    case "float4": return (8, 8)
    case "float8": return (17, 17)
    case "numeric": return given >= 4 ? ((given - 4) >> 16 & 0xFFFF, (given - 4) & 0x7FF) : (131_089, 0)
    case "bpchar", "varchar": return (given >= 4 ? given - 4 : unlimited, 0)
    case "bit", "varbit": return (given > 0 ? given : unlimited, 0)
    case "date": return (13, 0)
    case "time": return (8 + fraction, digits)
    case "timetz": return (14 + fraction, digits)
    case "timestamp": return (22 + fraction, digits)
    case "timestamptz": return (28 + fraction, digits)
    case "interval": return (49, given >= 0 ? given & 0xFFFF : 6)
    default: return (unlimited, 0)
    }
  }
}
