internal import MillraceCore

/// Reads the tables to capture, their columns and keys from pg_catalog, in two queries whatever their number.
struct CatalogReader {
  let connection: PostgresConnection
  let filter: TableFilter

  /// Every ordinary and partitioned table outside the system schemas, without columns, ordered by schema and name.
  func allTables() throws(MillraceError) -> [PostgresTable] { try tables(where: "") }

  private func tables(where condition: String) throws(MillraceError) -> [PostgresTable] {
    let rows = try connection.query(
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident, c.relpersistence, c.reltuples, \
      pg_catalog.row_security_active(c.oid), \
      pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'), c.relispartition \
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' \
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%' \(condition) \
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
      """)
    return rows.compactMap { row in
      guard let oid = row[0].flatMap({ UInt32($0) }), let schema = row[1], let name = row[2] else { return nil }
      return PostgresTable(
        oid: oid, schema: schema, name: name, kind: row[3] ?? "r",
        replicaIdentity: row[4].flatMap { PostgresTable.ReplicaIdentity(rawValue: $0) } ?? .default,
        isUnlogged: row[5] == "u", estimatedRows: row[6].flatMap { Double($0) } ?? -1,
        hidesRows: row[7] == "t", isReadable: row[8] == "t", isPartition: row[9] == "t")
    }
  }

  /// The captured tables, with columns and keys.
  func capturedTables() throws(MillraceError) -> [PostgresTable] {
    try described(allTables().filter { filter.captures(schema: $0.schema, table: $0.name) })
  }

  /// One table by its oid, with columns and keys; nil if it is gone.
  func table(oid: UInt32) throws(MillraceError) -> PostgresTable? {
    try described(tables(where: "AND c.oid = \(oid)")).first
  }

  /// A table of a name with its schema, as `PostgresTable.qualifiedName` has it.
  func table(named name: String) throws(MillraceError) -> PostgresTable? {
    try described(tables(where: "AND n.nspname || '.' || c.relname = \(PostgresConnection.quote(literal: name))")).first
  }

  /// Fills in columns and keys.
  func described(_ tables: [PostgresTable]) throws(MillraceError) -> [PostgresTable] {
    guard !tables.isEmpty else { return [] }
    var tables = tables
    var index: [UInt32: Int] = [:]
    for (position, table) in tables.enumerated() { index[table.oid] = position }
    let oids = "{" + tables.map { "\($0.oid)" }.joined(separator: ",") + "}"
    let generated = connection.version.hasGeneratedColumns ? "a.attgenerated <> ''" : "false"
    let columns = try connection.query(
      """
      SELECT a.attrelid, a.attname, a.atttypid, a.atttypmod, a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid), \(generated) \
      FROM pg_catalog.pg_attribute a \
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef \
      WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum
      """, [oids])
    for row in columns {
      guard let oid = row[0].flatMap({ UInt32($0) }), let position = index[oid], let name = row[1],
        let type = row[2].flatMap({ UInt32($0) }), let modifier = row[3].flatMap({ Int32($0) })
      else { continue }
      tables[position].columns.append(
        PostgresTable.Column(
          name: name, type: type, modifier: modifier, notNull: row[4] == "t",
          defaultExpression: row[6] == "t" ? nil : row[5], isGenerated: row[6] == "t"))
    }
    // Without primary key the first unique index by name is the key, as Debezium has it (JDBC's getIndexInfo); only one whose
    // columns are all NOT NULL, because others do not tell rows apart.
    let keys = try connection.query(
      """
      SELECT i.indrelid, a.attname, i.indisprimary FROM (\
      SELECT DISTINCT ON (x.indrelid) x.indrelid, x.indkey, x.indisprimary FROM pg_catalog.pg_index x \
      JOIN pg_catalog.pg_class n ON n.oid = x.indexrelid \
      WHERE x.indrelid = ANY ($1::oid[]) AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL \
      AND (x.indisprimary OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute m WHERE m.attrelid = x.indrelid \
      AND m.attnum = ANY (x.indkey::smallint[]) AND NOT m.attnotnull)) \
      ORDER BY x.indrelid, x.indisprimary DESC, n.relname COLLATE "C") i \
      CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY k(attnum, position) \
      JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
      ORDER BY i.indrelid, k.position
      """, [oids])
    for row in keys {
      guard let oid = row[0].flatMap({ UInt32($0) }), let position = index[oid], let name = row[1] else { continue }
      tables[position].key.append(name)
      tables[position].keyIsPrimary = row[2] == "t"
    }
    return tables
  }
}
