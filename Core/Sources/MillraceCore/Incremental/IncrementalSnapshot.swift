/// Reads tables in chunks while the stream goes on, so that rows and changes arrive in an order that leaves the newest state: the
/// algorithm of DBLog (Andreakis, Papapanagiotou, arXiv:2010.12597), with what a chunk's own transaction has seen in the place of
/// watermarks, so that nothing is written to the source.
///
/// A chunk may follow in the stream when all transactions that it contains were delivered; of its rows those give way that a
/// transaction has touched that it does not contain. All is used by the connector's thread; reading happens on threads of its own.
package final class IncrementalSnapshot<Reader: ChunkReader> {
  /// What the connector knows of a table.
  package enum Description {
    case unknown
    /// No key orders its rows.
    case noKey
    /// `key` orders the rows; `fields` is where what tells rows apart stands in a row, or in the records' key; `estimate` is how many rows
    /// there may be.
    case form(Reader.Form, key: [String], fields: [Int], isInKey: Bool = false, estimate: UInt64? = nil)
  }

  package typealias Describe = (IncrementalProgress.Table) throws(MillraceError) -> Description
  /// The names of captured tables that a pattern matches.
  package typealias Find = (String) throws(MillraceError) -> [String]

  private static var aggregate: String { "Incremental Snapshot" }
  /// What the notes of one table may take before its chunks are read anew.
  private static var mostNotes: Int { 32 << 20 }
  /// What a chunk should take.
  private static var chunkBytes: Int { 4 << 20 }

  private let settings: IncrementalSettings
  private let notifier: Notifier
  private let log: Log
  private let makeReader: @Sendable () -> Reader
  private var lanes: [ReaderLane<Reader>] = []
  private var runs: [String: TableRun<Reader>] = [:]
  /// Where the decoder finds what to note.
  package let watches = KeyWatches()
  /// What the next checkpoint says.
  package private(set) var progress: IncrementalProgress
  /// Rows that may be read at once under a rate.
  private var allowance: Double = 0
  private var lastAllowance: Int64 = 0
  /// Whether reading waits for the stream.
  private var isHeldBack = false
  /// When the stream was behind last, ns since 1970.
  private var lastBehind: Int64 = 0
  /// Tables that were finished since there was nothing to do.
  private var finished = 0
  private var nextReport: Int64 = 0

  package init(
    _ settings: IncrementalSettings, resuming progress: IncrementalProgress, notifier: Notifier, log: Log,
    makeReader: @escaping @Sendable () -> Reader
  ) {
    self.settings = settings
    self.progress = progress
    self.notifier = notifier
    self.log = log
    self.makeReader = makeReader
    if !progress.isEmpty {
      log.info("an incremental snapshot goes on", ("tables", progress.tables.map(\.name).joined(separator: ", ")))
    }
  }

  /// Whether anything is being read or waits for that.
  package var isActive: Bool { !progress.isEmpty && !progress.isPaused }

  // MARK: requests

  /// Adds the tables that a request names.
  package func begin(_ request: SnapshotRequest, find: Find, _ moment: inout Moment) throws(MillraceError) {
    var names: [String] = []
    for pattern in request.collections {
      let found = try find(pattern)
      // A name that is not captured yet may be by the time when it is read.
      for name in found.isEmpty ? [pattern] : found where !names.contains(name) { names.append(name) }
    }
    notify("STARTED", request.id, [("data_collections", names.joined(separator: ","))], &moment)
    for name in names {
      if progress.tables.contains(where: { $0.name == name }) {
        log.warning("the table is being snapshotted already", ("table", name))
        continue
      }
      progress.tables.append(.init(name: name, signal: request.id, condition: request.condition(for: name), surrogateKey: request.surrogateKey))
    }
  }

  /// Adds tables that nobody has asked for: those that are captured since the offset was stored.
  package func begin(newTables names: [String], _ moment: inout Moment) {
    let wanted = names.filter { name in !progress.tables.contains { $0.name == name } }
    guard !wanted.isEmpty else { return }
    let id = Notifier.newID()
    log.info("tables are captured that were not before: they are snapshotted", ("tables", wanted.joined(separator: ", ")), ("signal", id))
    notify("STARTED", id, [("data_collections", wanted.joined(separator: ","))], &moment)
    for name in wanted { progress.tables.append(.init(name: name, signal: id)) }
  }

  /// Gives up the tables that the patterns match; all without patterns.
  package func stop(_ patterns: [String]?, id: String, _ moment: inout Moment) {
    let wanted = patterns?.compactMap { try? NamePattern($0) }
    let names = progress.tables.map(\.name).filter { name in wanted?.contains { $0.matches(name) } ?? true }
    if names.isEmpty {
      log.warning("no table that was to be stopped is being snapshotted", ("signal", id))
      return
    }
    for name in names { abandon(name) }
    progress.tables.removeAll { names.contains($0.name) }
    notify("ABORTED", id, [("data_collections", names.joined(separator: ","))], &moment)
    if progress.isEmpty { progress.isPaused = false }
  }

  package func pause(_ moment: inout Moment) {
    guard isActive else { return }
    // What was read is read again: a pause may be long, and notes would grow.
    for name in Array(runs.keys) { abandon(name) }
    progress.isPaused = true
    notify("PAUSED", progress.tables[0].signal, collections, &moment)
  }

  package func resume(_ moment: inout Moment) {
    guard progress.isPaused else { return }
    progress.isPaused = false
    guard let first = progress.tables.first else { return }
    notify("RESUMED", first.signal, collections, &moment)
  }

  // MARK: work

  /// A moment of the stream: where notifications go.
  package struct Moment: ~Copyable {
    /// The box at hand, which is delivered before any chunk.
    package let box: BatchBox
    /// ns since 1970.
    package let now: Int64
    /// Of the record before.
    package let order: Record.Order
    /// How far the stream is behind, ms.
    package let latency: UInt64

    package init(box: BatchBox, now: Int64, order: Record.Order, latency: UInt64 = 0) {
      self.latency = latency
      self.box = box
      self.now = now
      self.order = order
    }
  }

  /// Begins tables, takes what readers have brought, and asks for more.
  /// - Parameter wasStreamed: of transactions that the stream has brought lately, those that a chunk of this view does not contain: a
  ///   server may send a commit before others can see it.
  package func advance(
    describe: Describe, hasLatelyStreamed: (Reader.View) -> Bool, _ moment: inout Moment
  ) throws(MillraceError) {
    guard isActive else { return }
    holdBack(at: moment.latency, moment.now)
    for table in progress.tables.prefix(settings.threads) where runs[table.name] == nil { try start(table, describe, &moment) }
    for table in progress.tables {
      guard let run = runs[table.name] else { continue }
      for answer in run.mailbox.take() {
        run.asked -= 1
        take(answer, table.name, run, hasLatelyStreamed, &moment)
        // The table may be done with, or begin anew.
        if runs[table.name] !== run { break }
      }
      if runs[table.name] === run, !isHeldBack { ask(run, moment.now) }
    }
  }

  /// A stream that is behind may look as if it were not, between two pieces of what it has to read: it has caught up when it has not been
  /// behind for a second.
  private func holdBack(at latency: UInt64, _ now: Int64) {
    guard let most = settings.mostLatency else { return }
    if latency > most {
      lastBehind = now
      guard !isHeldBack else { return }
      isHeldBack = true
      log.info("an incremental snapshot waits, because the stream is behind", ("latency_ms", "\(latency)"))
    } else if isHeldBack, now - lastBehind >= 1_000_000_000 {
      isHeldBack = false
      log.info("an incremental snapshot goes on: the stream has caught up", ("latency_ms", "\(latency)"))
    }
  }

  /// Shows what is being read, once a second at most.
  package func report(to output: any BatchOutput, now: Int64) {
    guard !progress.isEmpty || nextReport != 0, now >= nextReport || progress.isEmpty else { return }
    nextReport = progress.isEmpty ? 0 : now + 1_000_000_000
    let tables = progress.tables.compactMap { table in
      runs[table.name].map { run in
        Progress.Table(
          name: table.name, rows: table.rows, estimate: run.estimate,
          range: table.last.map { last in "\(table.done.map { text($0) } ?? "the beginning") to \(text(last))" })
      }
    }
    output.report(tables: tables, done: finished, total: finished + progress.tables.count)
    if progress.isEmpty { finished = 0 }
  }

  private func start(_ table: IncrementalProgress.Table, _ describe: Describe, _ moment: inout Moment) throws(MillraceError) {
    switch try describe(table) {
    case .unknown:
      log.warning("a table is not snapshotted: there is no captured table of this name", ("table", table.name))
      finish(table.name, .unknownSchema, &moment)
    case .noKey:
      log.warning(
        "a table is not snapshotted, because no key orders its rows", ("table", table.name),
        ("advice", "name a unique column in the signal's surrogate-key"))
      finish(table.name, .noPrimaryKey, &moment)
    case .form(let form, let key, let fields, let isInKey, let estimate):
      var table = table
      if table.key.isEmpty {
        table.key = key
        update(table.name) { $0.key = key }
      } else if table.key != key {
        log.error(
          "the snapshot of a table ends, because its key was changed meanwhile", ("table", table.name),
          ("before", table.key.joined(separator: ",")), ("now", key.joined(separator: ",")), ("advice", "ask for the snapshot again"))
        return finish(table.name, .sqlException, &moment)
      }
      let watch = KeyWatch(fields: fields, isInKey: isInKey)
      watches[table.name] = watch
      let run = TableRun<Reader>(table, form: form, watch: watch, lane: freeLane(), limit: settings.chunkRows, estimate: estimate)
      runs[table.name] = run
      if table.last == nil { run.askForLastKey() }
    }
  }

  private func freeLane() -> ReaderLane<Reader> {
    if let lane = lanes.popLast() { return lane }
    return ReaderLane(makeReader())
  }

  private func take(
    _ answer: TableRun<Reader>.Answer, _ name: String, _ run: TableRun<Reader>, _ hasLatelyStreamed: (Reader.View) -> Bool,
    _ moment: inout Moment
  ) {
    switch answer {
    case .lastKey(let key):
      guard let key else { return finish(name, .empty, &moment) }
      run.next.last = key
      update(name) { $0.last = key }
    case .chunk(let chunk):
      run.failures = 0
      if !run.isGuarded, hasLatelyStreamed(chunk.view) {
        run.notBefore = moment.now + 1_000_000
        return
      }
      run.isGuarded = true
      run.ready.append(chunk)
      run.isReadOut = chunk.isLast
      if let key = chunk.lastKey { run.next.done = key }
      adapt(run, chunk)
      if chunk.rows > 0 {
        notify(
          "IN_PROGRESS", run.next.signal,
          [("current_collection_in_progress", name), ("maximum_key", text(run.next.last)), ("last_processed_key", text(chunk.lastKey))]
            + collections, &moment)
      }
    case .failure(.changed):
      log.info("a table has changed while it is snapshotted: the chunk is read again", ("table", name))
      abandon(name)
    case .failure(.gone):
      log.warning("the snapshot of a table ends, because the table was dropped", ("table", name))
      finish(name, .unknownSchema, &moment)
    case .failure(.passing(let error)):
      run.failures += 1
      run.notBefore = moment.now + 100_000_000 << Int64(min(run.failures, 6) - 1)
      log.warning("a chunk is read again", ("table", name), ("error", "\(error)"), ("attempt", "\(run.failures)"))
      if run.next.last == nil { run.askForLastKey() }
    case .failure(.lasting(let error)):
      log.error("the snapshot of a table ends, because it cannot be read", ("table", name), ("error", "\(error)"))
      finish(name, .sqlException, &moment)
    }
  }

  private func adapt(_ run: TableRun<Reader>, _ chunk: Chunk<Reader.View>) {
    guard settings.mostRows > settings.chunkRows, chunk.rows == run.limit else { return }
    if chunk.duration > settings.chunkTime {
      run.limit = max(settings.chunkRows, run.limit / 2)
    } else if chunk.duration * 2 < settings.chunkTime {
      let bytes = max(1, chunk.boxes.reduce(0) { $0 + $1.batch.byteCount } / max(1, chunk.rows))
      run.limit = min(run.limit * 2, settings.mostRows, max(settings.chunkRows, Self.chunkBytes / bytes))
    }
  }

  /// One chunk is read while the one before waits for its turn.
  private func ask(_ run: TableRun<Reader>, _ now: Int64) {
    guard run.next.last != nil, !run.isReadOut, run.asked == 0, run.ready.count < 2, now >= run.notBefore else { return }
    guard permits(run.limit, now) else { return }
    run.askForChunk()
  }

  private func permits(_ rows: Int, _ now: Int64) -> Bool {
    guard let rate = settings.rowsPerSecond else { return true }
    if lastAllowance == 0 { (allowance, lastAllowance) = (Double(rows), now) }
    allowance = min(allowance + Double(max(0, now - lastAllowance)) / 1e9 * Double(rate), Double(max(rate, rows)))
    lastAllowance = now
    guard allowance >= Double(rows) else { return false }
    allowance -= Double(rows)
    return true
  }

  // MARK: delivery

  /// The next chunk whose turn has come, if any: its rows without those that a newer change has touched.
  package func due(at place: Reader.View.Place) -> Due? {
    guard isActive else { return nil }
    for table in progress.tables {
      guard let run = runs[table.name], let chunk = run.ready.first else { continue }
      if run.watch.byteCount > Self.mostNotes {
        log.info("a table is being changed faster than it is read: its chunks are read again", ("table", table.name))
        abandon(table.name)
        continue
      }
      guard chunk.view.isPassed(at: place) else { continue }
      run.ready.removeFirst()
      for box in chunk.boxes { _ = run.watch.sieve(box, seenBy: chunk.view) }
      run.watch.forget(seenBy: chunk.view)
      return Due(table: table.name, boxes: chunk.boxes, rows: chunk.rows, lastKey: chunk.lastKey, isLast: chunk.isLast)
    }
    return nil
  }

  /// A chunk to deliver now.
  package struct Due {
    fileprivate let table: String
    /// In order; the last one carries the progress.
    package let boxes: [BatchBox]
    fileprivate let rows: Int
    fileprivate let lastKey: [String?]?
    fileprivate let isLast: Bool
  }

  /// Whether a chunk waits for the stream.
  package var isWaiting: Bool { runs.values.contains { !$0.ready.isEmpty } }

  /// All boxes but the last one were handed on: from now on checkpoints say that the chunk is delivered.
  package func delivered(_ due: Due, _ moment: inout Moment) {
    update(due.table) { table in
      table.done = due.lastKey ?? table.done
      table.rows += UInt64(due.rows)
    }
    if due.isLast { finish(due.table, .succeeded, &moment) }
  }

  /// The stream has told how a table looks. Where that is not how it is being read, what was read is read again.
  package func announced(_ name: String, differs: (Reader.Form) -> Bool) {
    if let run = runs[name], differs(run.form) { abandon(name) }
  }

  // MARK: ends

  private func abandon(_ name: String) {
    guard let run = runs.removeValue(forKey: name) else { return }
    watches[name] = nil
    lanes.append(run.lane)
  }

  private func finish(_ name: String, _ status: TableScanStatus, _ moment: inout Moment) {
    let all = collections
    abandon(name)
    guard let index = progress.tables.firstIndex(where: { $0.name == name }) else { return }
    let table = progress.tables.remove(at: index)
    finished += 1
    notify(
      "TABLE_SCAN_COMPLETED", table.signal,
      [("scanned_collection", name), ("total_rows_scanned", "\(table.rows)"), ("status", status.rawValue)] + all, &moment)
    if !progress.tables.contains(where: { $0.signal == table.signal }) {
      notify("COMPLETED", table.signal, [], &moment)
      log.info("an incremental snapshot is complete", ("signal", table.signal))
    }
    if progress.isEmpty { lanes.removeAll() }
  }

  private func update(_ name: String, _ change: (inout IncrementalProgress.Table) -> Void) {
    if let index = progress.tables.firstIndex(where: { $0.name == name }) { change(&progress.tables[index]) }
  }

  private var collections: [(name: String, value: String)] {
    [("data_collections", progress.tables.map(\.name).joined(separator: ","))]
  }

  private func text(_ key: [String?]?) -> String { (key ?? []).map { $0 ?? "null" }.joined(separator: ",") }

  private func notify(_ type: String, _ id: String, _ data: [(name: String, value: String)], _ moment: inout Moment) {
    notifier.send(type, of: Self.aggregate, id: id, data, now: moment.now, order: moment.order, to: &moment.box.batch)
  }
}
