internal import MillraceCore

/// A table as the server names it.
struct TableName: Hashable, Sendable {
  let schema: String
  let table: String
}

/// What TimescaleDB's catalog says about chunks. Used by one stage at a time.
protocol TimescaleCatalog: AnyObject {
  /// The hypertable whose rows a chunk holds; nil where the catalog knows no such chunk.
  func hypertable(of chunk: TableName) throws(MillraceError) -> TableName?

  /// The continuous aggregate that a hypertable is kept for, if it is one, as of when its chunk was asked for.
  func aggregate(of hypertable: TableName) -> TableName?
}

/// The catalog of a server, read as a whole whenever a chunk is asked for that was not there before
/// (io.debezium.connector.postgresql.transforms.timescaledb.QueryInformationSchemaMetadata).
final class TimescaleConnection: TimescaleCatalog {
  private let settings: ConnectionSettings
  private var connection: PostgresConnection?
  private var hypertables: [TableName: TableName] = [:]
  private var aggregates: [TableName: TableName] = [:]
  /// What is no chunk, with the time, ns, from which on it is asked for again.
  private var unknown: [TableName: Int64] = [:]
  private let limit: Duration

  init(_ settings: ConnectionSettings) {
    self.settings = settings
    // Delivery waits for the answer.
    limit = min(settings.queryTimeout ?? .seconds(10), .seconds(10))
  }

  func hypertable(of chunk: TableName) throws(MillraceError) -> TableName? {
    if let known = hypertables[chunk] { return known }
    let now = Clock.nanoseconds()
    if let next = unknown[chunk], now < next { return nil }
    // Between two chunks days may pass, in which a server or a firewall ends what is idle.
    let isOpen = connection != nil
    do throws(MillraceError) {
      try load()
    } catch {
      connection = nil
      guard isOpen, error.retry == .retry else { throw error }
      do throws(MillraceError) { try load() } catch {
        connection = nil
        throw error
      }
    }
    if hypertables[chunk] == nil {
      if unknown.count >= 4096 { unknown.removeAll() }
      unknown[chunk] = now + 10_000_000_000
    }
    return hypertables[chunk]
  }

  func aggregate(of hypertable: TableName) -> TableName? { aggregates[hypertable] }

  private func load() throws(MillraceError) {
    let connection: PostgresConnection
    if let open = self.connection { connection = open } else { connection = try PostgresConnection.control(settings) }
    connection.limit = limit
    self.connection = connection
    hypertables = try pairs(
      """
      SELECT c.schema_name, c.table_name, h.schema_name, h.table_name \
      FROM _timescaledb_catalog.chunk c JOIN _timescaledb_catalog.hypertable h ON c.hypertable_id = h.id
      """, connection)
    aggregates = try pairs(
      """
      SELECT h.schema_name, h.table_name, a.user_view_schema, a.user_view_name \
      FROM _timescaledb_catalog.continuous_agg a JOIN _timescaledb_catalog.hypertable h ON a.mat_hypertable_id = h.id
      """, connection)
  }

  private func pairs(_ sql: String, _ connection: PostgresConnection) throws(MillraceError) -> [TableName: TableName] {
    var pairs: [TableName: TableName] = [:]
    for row in try connection.query(sql) where row.count == 4 {
      guard let schema = row[0], let table = row[1], let targetSchema = row[2], let targetTable = row[3] else { continue }
      pairs[TableName(schema: schema, table: table)] = TableName(schema: targetSchema, table: targetTable)
    }
    return pairs
  }
}
