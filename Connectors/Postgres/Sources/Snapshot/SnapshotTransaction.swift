internal import MillraceCore

/// The transaction that a snapshot is read in, or that its readers' transactions take their snapshot from.
final class SnapshotTransaction: @unchecked Sendable {
  // @unchecked: used by one thread at a time: `plan` is never called twice at once, and with several readers none uses its connection.
  let connection: PostgresConnection
  private let settings: SnapshotSettings
  private let connect: @Sendable () throws(MillraceError) -> PostgresConnection
  /// Whether it reads the point at which the slot was made.
  private let isExported: Bool
  /// The name under which readers find the snapshot.
  private var name: String?

  /// Begins the transaction; nothing has been read yet.
  /// - Parameters:
  ///   - exported: the snapshot that came with the slot.
  ///   - connect: another connection, for a reader.
  init(
    on connection: PostgresConnection, exported: String?, settings: SnapshotSettings,
    connect: @escaping @Sendable () throws(MillraceError) -> PostgresConnection
  ) throws(MillraceError) {
    self.connection = connection
    self.settings = settings
    self.connect = connect
    isExported = exported != nil
    try start()
    if let exported { try connection.query("SET TRANSACTION SNAPSHOT \(PostgresConnection.quote(literal: exported))") }
  }

  private func start() throws(MillraceError) {
    // The point of a slot can be read in no other isolation, and a stream behind the snapshot sets right what it saw too early. A
    // standby knows no other one either.
    var isSerializable = settings.isolation == .serializable && !settings.rules.streams
    if isSerializable { isSerializable = try connection.query("SELECT pg_catalog.pg_is_in_recovery()").first?.first == "f" }
    try connection.query("BEGIN ISOLATION LEVEL \(isSerializable ? "SERIALIZABLE READ ONLY DEFERRABLE" : "REPEATABLE READ READ ONLY")")
  }

  var scansRanges: Bool { connection.version.scansBlockRanges }

  /// Locks all tables against changes of their form (`snapshot.locking.mode=shared`), before anything else is read.
  func lock(_ tables: [PostgresTable]) throws(MillraceError) {
    guard settings.locksTables, !tables.isEmpty else { return }
    try connection.query("SET LOCAL lock_timeout = \(settings.lockTimeout)")
    for table in tables { try connection.query(SnapshotQuery.lock(table)) }
    try connection.query("SET LOCAL lock_timeout = 0")
  }

  /// Publishes the snapshot for the readers.
  func export() throws(MillraceError) {
    name = try connection.query("SELECT pg_catalog.pg_export_snapshot()").first?.first.flatMap { $0 }
  }

  /// A connection to read with: this one, or a new one with the same snapshot.
  func reader(isOnlyOne: Bool) throws(MillraceError) -> PostgresConnection {
    guard !isOnlyOne, let name else { return connection }
    let reader = try connect()
    try reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    do throws(MillraceError) {
      try reader.query("SET TRANSACTION SNAPSHOT \(PostgresConnection.quote(literal: name))")
    } catch {
      // It is gone with the planning transaction, when that has failed meanwhile: the next attempt exports another one.
      guard error.serverCode == "55000" || error.serverCode == "22023" else { throw error }
      throw MillraceError(
        code: "postgres.snapshot.gone", component: "postgres", retry: .retry, message: "the snapshot that the readers share has ended",
        advice: "wait: the next attempt takes a later snapshot", serverCode: error.serverCode, serverText: error.serverText)
    }
    // A statement of the user's may read any table, also one for which somebody waits that waits for us.
    try reader.query("SET LOCAL lock_timeout = \(settings.lockTimeout)")
    return reader
  }

  /// Before a table is planned: locks it. Where each table may be read at a point of its own, a new one is taken.
  func begin(_ table: PostgresTable) throws(MillraceError) {
    let isCommitted = settings.isolation == .readCommitted || settings.isolation == .readUncommitted
    if isCommitted, !isExported, name == nil, !settings.locksTables {
      try connection.query("COMMIT")
      try start()
    }
    do throws(MillraceError) { try connection.query(SnapshotQuery.lock(table)) } catch { throw PostgresFailure.changed(error, table: table.qualifiedName) }
  }

  /// The names of a statement's columns.
  func columns(of statement: String) throws(MillraceError) -> [String] {
    try connection.columnNames(SnapshotQuery.probe(statement))
  }

  /// How the table's rows lie; nil where it has to be read through its name, because a partition is in another server or may not be read
  /// by itself.
  /// - Parameter key: the fields of the records' key.
  func layout(of table: PostgresTable, key: [String]) throws(MillraceError) -> TableLayout? {
    let isRoot = table.kind == "p"
    if isRoot, !connection.version.listsPartitions { return nil }
    let from = isRoot
      ? "pg_catalog.pg_partition_tree(\(table.oid)) t JOIN pg_catalog.pg_class c ON c.oid = t.relid AND t.isleaf"
      : "pg_catalog.pg_class c"
    let rows = try connection.query(
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_relation_filenode(c.oid), c.relfilenode, \
      pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint, \
      pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
      AND NOT pg_catalog.row_security_active(c.oid) \
      FROM \(from) JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \(isRoot ? "" : "WHERE c.oid = \(table.oid)") \
      ORDER BY \(isRoot ? "pg_catalog.pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT', " : "")c.oid
      """)
    var leaves: [TableLayout.Leaf] = []
    for row in rows {
      guard row.count == 8, let oid = row[0].flatMap({ UInt32($0) }), let schema = row[1], let name = row[2] else { continue }
      guard row[3] == "r", !isRoot || row[7] == "t" else { return nil }
      // A file that is younger than the snapshot is empty to it (PostgreSQL documentation, "Caveats" of the chapter on
      // concurrency control): only a new snapshot helps.
      guard row[4] == row[5], let fileNode = row[4] else {
        throw MillraceError(
          code: "postgres.snapshot.rewritten", component: "postgres", retry: .retry,
          message: "the table was rewritten (ALTER TABLE, TRUNCATE, VACUUM FULL) after the snapshot was taken",
          advice: "wait: the next attempt takes a later snapshot", subject: table.qualifiedName)
      }
      leaves.append(
        TableLayout.Leaf(
          oid: oid, name: PostgresConnection.quote(identifier: schema) + "." + PostgresConnection.quote(identifier: name),
          fileNode: fileNode, blocks: row[6].flatMap { UInt64($0) } ?? 0))
    }
    return TableLayout(leaves: leaves, key: key)
  }

  func finish() {
    // The transaction only read; the connection is closed with its owner.
    _ = try? connection.query("ROLLBACK")
  }
}
