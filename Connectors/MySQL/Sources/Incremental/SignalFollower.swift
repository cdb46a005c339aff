internal import MillraceCore

/// Does what signals ask for. Used by the thread of the stream.
struct SignalFollower {
  private let inbox: SignalInbox
  private var file: SignalFile?
  private let registry: TableRegistry
  private let rules: GTIDRules
  private let log: Log
  let snapshot: IncrementalSnapshot<MySQLChunkReader>
  /// Tables that were begun in this run.
  private var begun: UInt64 = 0

  typealias Moment = IncrementalSnapshot<MySQLChunkReader>.Moment
  private typealias Description = IncrementalSnapshot<MySQLChunkReader>.Description

  init(
    inbox: SignalInbox, file: SignalFile?, registry: TableRegistry, rules: GTIDRules, snapshot: IncrementalSnapshot<MySQLChunkReader>, log: Log
  ) {
    self.inbox = inbox
    self.file = file
    self.registry = registry
    self.rules = rules
    self.snapshot = snapshot
    self.log = log
  }

  /// Follows the signals that have come, and goes on with the snapshot that is under way.
  /// - Parameters:
  ///   - decoder: where the stream is.
  ///   - box: the box at hand; notifications go into it.
  ///   - latency: how far the stream is behind, ms.
  /// - Returns: whether there is something new for the checkpoint.
  mutating func follow(_ decoder: borrowing BinlogDecoder, box: BatchBox, now: Int64, latency: UInt64) throws(MillraceError) -> Bool {
    let before = snapshot.progress.tables.count
    var isAsked = false
    for signal in (file?.poll(now: now) ?? []) + inbox.take() {
      var moment = Moment(box: box, now: now, order: decoder.lastOrder)
      try follow(signal, decoder.position, &moment)
      isAsked = true
    }
    guard snapshot.isActive else { return isAsked }
    for name in snapshot.progress.tables.map(\.name) {
      let known = try registry.captured(named: name)?.shape
      snapshot.announced(name) { $0.shape !== known }
    }
    begun += 1
    let beginning = decoder.delivered(number: begun, rules: rules), registry = registry
    var moment = Moment(box: box, now: now, order: decoder.lastOrder, latency: latency)
    try snapshot.advance(
      describe: { table throws(MillraceError) in try SignalFollower.describe(table, registry, beginning) },
      hasLatelyStreamed: { _ in false }, &moment)
    return isAsked || snapshot.progress.tables.count != before
  }

  func delivered(_ chunk: IncrementalSnapshot<MySQLChunkReader>.Due, box: BatchBox, now: Int64, order: Record.Order) {
    var moment = Moment(box: box, now: now, order: order)
    snapshot.delivered(chunk, &moment)
  }

  private func follow(_ signal: Signal, _ position: MySQLPosition, _ moment: inout Moment) throws(MillraceError) {
    let action: SignalAction
    do throws(SignalFault) {
      action = try SignalAction(signal)
    } catch {
      return log.warning("a signal is left out", ("signal", signal.id), ("type", signal.type), ("problem", error.problem))
    }
    switch action {
    case .executeSnapshot(let request):
      if request.isBlocking {
        return log.warning("a signal is left out", ("signal", signal.id), ("problem", "blocking snapshots are not supported yet"))
      }
      log.info("a snapshot is asked for", ("signal", signal.id), ("tables", request.collections.joined(separator: ", ")))
      try snapshot.begin(request, find: { [registry] pattern throws(MillraceError) in try registry.names(matching: pattern) }, &moment)
    case .stopSnapshot(let patterns): snapshot.stop(patterns, id: signal.id, &moment)
    case .pauseSnapshot: snapshot.pause(&moment)
    case .resumeSnapshot: snapshot.resume(&moment)
    case .log(let message): log.info(message.replacing("{}", with: "\(position.place)"), ("signal", signal.id))
    case .watermark: break
    }
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
