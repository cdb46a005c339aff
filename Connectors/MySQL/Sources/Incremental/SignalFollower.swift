internal import MillraceCore

/// Does what signals ask for, with the tables of a MySQL. Used by the thread of the stream.
struct SignalFollower {
  private var asked: SignalledSnapshots<MySQLChunkReader>
  private let registry: TableRegistry
  private let rules: GTIDRules
  /// Tables that were begun in this run.
  private var begun: UInt64 = 0

  private typealias Description = IncrementalSnapshot<MySQLChunkReader>.Description

  var snapshot: IncrementalSnapshot<MySQLChunkReader> { asked.incremental }

  init(_ asked: SignalledSnapshots<MySQLChunkReader>, registry: TableRegistry, rules: GTIDRules) {
    self.asked = asked
    self.registry = registry
    self.rules = rules
  }

  /// Follows the signals that have come, and goes on with the snapshot that is under way.
  /// - Parameters:
  ///   - decoder: where the stream is.
  ///   - box: the box at hand; notifications go into it.
  ///   - latency: how far the stream is behind, ms.
  /// - Returns: whether there is something new for the checkpoint.
  mutating func follow(_ decoder: borrowing BinlogDecoder, box: BatchBox, now: Int64, latency: UInt64) throws(MillraceError) -> Bool {
    let before = snapshot.progress.tables.count
    let place = decoder.position.place, order = decoder.lastOrder
    let isAsked = try asked.follow(place: "\(place)", find: find, box: box, now: now, order: order)
    guard snapshot.isActive else { return isAsked }
    for name in snapshot.progress.tables.map(\.name) {
      let known = try registry.captured(named: name)?.shape
      snapshot.announced(name) { $0.shape !== known }
    }
    let beginning = beginning(decoder), registry = registry
    var moment = IncrementalSnapshot<MySQLChunkReader>.Moment(box: box, now: now, order: order, latency: latency)
    try snapshot.advance(
      describe: { table throws(MillraceError) in try SignalFollower.describe(table, registry, beginning) },
      hasLatelyStreamed: { _ in false }, &moment)
    return isAsked || snapshot.progress.tables.count != before
  }

  /// The snapshot that the stream has to wait for now.
  var blocking: BlockingRequests.Request? { asked.blocking.all.first }

  /// What the next checkpoint says.
  var requests: SnapshotRequests { asked.requests }

  /// Signals that concern the stream itself, once.
  mutating func takeOwn() -> [Signal] { asked.takeOwn() }

  /// What the stream has delivered by now.
  mutating func beginning(_ decoder: borrowing BinlogDecoder) -> TableBeginning {
    begun += 1
    return decoder.delivered(number: begun, rules: rules)
  }

  /// The stream has waited for the snapshot. False when the pipeline stops.
  mutating func ended(_ request: BlockingRequests.Request, _ outcome: BlockingSnapshot.Outcome) -> Bool { asked.ended(request, outcome) }

  private var find: IncrementalSnapshot<MySQLChunkReader>.Find {
    { [registry] pattern throws(MillraceError) in try registry.names(matching: pattern) }
  }

  func delivered(_ chunk: IncrementalSnapshot<MySQLChunkReader>.Due, last: BatchBox, now: Int64, order: Record.Order) {
    asked.delivered(chunk, last: last, now: now, order: order)
  }

  private static func describe(
    _ table: IncrementalProgress.Table, _ registry: TableRegistry, _ beginning: TableBeginning
  ) throws(MillraceError) -> Description {
    guard let (definition, shape) = try registry.captured(named: table.name) else { return .unknown }
    let own = definition.identifyingColumns
    let names = table.surrogateKey.map { [$0] } ?? own
    let columns = names.compactMap { name in definition.column(name).flatMap { KeyColumn(definition.columns[$0]) } }
    // Rows are told apart by what identifies them, or else by what orders them.
    let fields = shape.slots(of: own.isEmpty ? names : own, in: definition)
    guard !names.isEmpty, columns.count == names.count, let fields else { return .noKey }
    return .form(MySQLChunkReader.Form(definition: definition, shape: shape, key: columns, beginning: beginning), key: names, fields: fields)
  }
}

extension TableShape {
  /// The slots of columns in a row, or behind it; nil where one has none that tells its value.
  func slots(of names: [String], in table: TableDefinition) -> [Int]? {
    var slots: [Int] = []
    for name in names {
      guard let place = table.column(name), place < columns.count else { return nil }
      if columns[place].field >= 0 {
        slots.append(columns[place].field)
      } else if let index = keyColumns.firstIndex(of: place) {
        slots.append(keyFields[index])
      } else {
        return nil
      }
    }
    return slots
  }
}
