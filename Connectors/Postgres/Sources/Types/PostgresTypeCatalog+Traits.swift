internal import MillraceCore

/// What JDBC says of a column: masks and truncation go by it.
extension PostgresTypeCatalog {
  func traits(type oid: UInt32, typmod: Int32, schema: Schema) -> ColumnAlteration.Column {
    ColumnAlteration.Column(
      isCharacter: isCharacter(oid, typmod), isBinary: schema.kind == .bytes && schema.name == nil,
      length: SourceTypePropagation.size(type: oid, typmod: typmod, self).length)
  }

  /// Whether JDBC has a character type for it. For json, uuid, inet, citext and the other types that are only delivered as
  /// text it has none, so that masks do not change them.
  private func isCharacter(_ oid: UInt32, _ typmod: Int32) -> Bool {
    guard let (type, _) = resolved(oid, typmod: typmod) else { return false }
    if case .enumeration = type.kind { return true }
    guard case .base = type.kind, type.schema == "pg_catalog" else { return false }
    return ["text", "varchar", "bpchar", "name", "char"].contains(type.name)
  }
}
