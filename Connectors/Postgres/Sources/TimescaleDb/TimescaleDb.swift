public import MillraceCore

/// Debezium's `io.debezium.connector.postgresql.transforms.timescaledb.TimescaleDb`: changes of the chunks that TimescaleDB keeps a
/// hypertable's rows in, as changes of the hypertable, or of the continuous aggregate that it stands for.
///
/// Topic and source block name the hypertable or aggregate, headers the chunk. Which chunk belongs where is read from the extension's
/// catalog over a connection of its own, when a chunk is seen for the first time; the delivery waits for it.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
public final class TimescaleDb: Transform, @unchecked Sendable {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] =
    [
      .init("schema.list", default: "_timescaledb_internal", "The schemas of chunks and of what continuous aggregates are kept in."),
      .init("target.topic.prefix", default: "timescaledb", "What the topic begins with, in the place of topic.prefix."),
      .init("driver.*", support: .ignored(reason: "there is no JDBC driver"), "Settings of the JDBC driver."),
    ] + PostgresOptions.connection

  private let schemas: Set<String>
  private let prefix: String
  private let catalog: any TimescaleCatalog
  private let log: Log
  private var warning = RareWarning()

  /// What becomes of a chunk's records.
  private struct Route {
    let chunk: TableName
    let hypertable: TableName
    let aggregate: TableName?

    var target: TableName { aggregate ?? hypertable }
  }

  /// A route with the places that its texts have in the batch at hand.
  private struct Entry {
    let topic: UInt32
    let schema: Slot
    let table: Slot
    let headers: [Header]
  }

  /// Where a schema's source block says which table it is.
  private struct Places {
    let source: Int
    let schema: Int
    let table: Int
  }

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public convenience init(_ configuration: inout Configuration, log: Log) {
    var connection = ConnectionSettings(&configuration)
    connection.application = "millrace TimescaleDB metadata"
    self.init(&configuration, catalog: TimescaleConnection(connection), log: log)
  }

  init(_ configuration: inout Configuration, catalog: any TimescaleCatalog, log: Log) {
    if configuration["schema.list"] == nil { configuration["schema.list"] = "_timescaledb_internal" }
    schemas = Set(configuration.list("schema.list"))
    prefix = (configuration.string("target.topic.prefix") ?? "timescaledb") + "."
    self.catalog = catalog
    self.log = log
  }

  public func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    var places: [Places??] = []
    var entries: [TableName: Entry?] = [:]
    // Records of one table in a row share the texts of their source block: the places of both say which they are.
    var last: (schema: Int, table: Int, entry: Entry?)?
    // The tombstone behind a delete shares its headers, but keeps its topic, as in the reference.
    var changed: (index: Int, headers: UInt32)?
    for index in 0..<batch.records.count where !batch.records[index].isDropped && selection.contains(index) {
      let record = batch.records[index]
      if record.value.isNull, let before = changed, before.index == index - 1, before.headers == record.headerCount {
        batch.records[index].firstHeader = batch.records[before.index].firstHeader
        batch.records[index].headerCount = batch.records[before.index].headerCount
        continue
      }
      guard record.valueSchema != Record.noSchema, record.value.kind == .structure else { continue }
      let number = Int(record.valueSchema)
      while places.count <= number { places.append(nil) }
      if places[number] == nil { places[number] = .some(TimescaleDb.places(in: batch.schemas[number])) }
      guard let place = places[number] ?? nil else { continue }
      let source = batch.field(place.source, of: record.value)
      guard source.kind == .structure else { continue }
      let schema = batch.field(place.schema, of: source), table = batch.field(place.table, of: source)
      guard schema.kind == .text, table.kind == .text else { continue }
      if last?.schema != schema.offset || last?.table != table.offset {
        let name = TableName(schema: batch.string(schema), table: batch.string(table))
        if entries[name] == nil {
          do throws(MillraceError) {
            entries[name] = .some(try route(name).map { enter($0, &batch) })
          } catch {
            throw error.at(batch.topics[Int(record.topic)])
          }
        }
        last = (schema.offset, table.offset, entries[name] ?? nil)
      }
      if let entry = last?.entry {
        rewrite(index, source, place, entry, &batch)
        changed = (index, record.headerCount)
      }
    }
  }

  private static func places(in schema: Schema) -> Places? {
    guard Envelope.isEnvelope(schema), let source = schema.index(of: "source") else { return nil }
    let block = schema.fields[source].schema
    guard let name = block.index(of: "schema"), let table = block.index(of: "table") else { return nil }
    return Places(source: source, schema: name, table: table)
  }

  /// nil for what is no chunk. One that the catalog does not know is asked for again after a while.
  private func route(_ chunk: TableName) throws(MillraceError) -> Route? {
    guard schemas.contains(chunk.schema) else { return nil }
    guard let hypertable = try catalog.hypertable(of: chunk) else {
      warning.give(log, .warning, "no hypertable is known for a chunk", [("chunk", "\(chunk.schema).\(chunk.table)")])
      return nil
    }
    return Route(chunk: chunk, hypertable: hypertable, aggregate: catalog.aggregate(of: hypertable))
  }

  private func enter(_ route: Route, _ batch: inout RecordBatch) -> Entry {
    var texts = [("chunk_table", route.chunk.table), ("chunk_schema", route.chunk.schema)]
    if route.aggregate != nil { texts += [("hypertable_table", route.hypertable.table), ("hypertable_schema", route.hypertable.schema)] }
    var headers: [Header] = []
    let string = batch.intern(schema: .string)
    for (name, text) in texts {
      headers.append(Header(name: batch.intern(headerName: "__debezium_timescaledb_\(name)"), schema: string, value: batch.text(text)))
    }
    return Entry(
      topic: batch.intern(topic: "\(prefix)\(route.target.schema).\(route.target.table)"), schema: batch.text(route.target.schema),
      table: batch.text(route.target.table), headers: headers)
  }

  /// Slots that are there are never overwritten, because a record at fault is put back as it was.
  private func rewrite(_ index: Int, _ source: Slot, _ place: Places, _ entry: Entry, _ batch: inout RecordBatch) {
    let value = batch.records[index].value
    let block = batch.slots.append(copyOf: source.offset, count: source.count)
    batch.slots[block + place.schema] = entry.schema
    batch.slots[block + place.table] = entry.table
    let envelope = batch.slots.append(copyOf: value.offset, count: value.count)
    batch.slots[envelope + place.source] = .structure(first: block, count: source.count)
    batch.records[index].value = .structure(first: envelope, count: value.count)
    batch.records[index].topic = entry.topic
    // Runs of headers may be shared by several records.
    let first = Int(batch.records[index].firstHeader), count = Int(batch.records[index].headerCount)
    let run = batch.headers.count
    for offset in 0..<count { batch.headers.append(batch.headers[first + offset]) }
    for header in entry.headers { batch.headers.append(header) }
    batch.records[index].firstHeader = UInt32(run)
    batch.records[index].headerCount = UInt32(batch.headers.count - run)
  }
}

extension MillraceError {
  fileprivate func at(_ topic: String) -> MillraceError {
    var error = self
    error.component = "TimescaleDb"
    if error.subject == nil { error.subject = topic }
    return error
  }
}
