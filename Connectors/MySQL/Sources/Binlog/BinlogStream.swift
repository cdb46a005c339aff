internal import Glibc
internal import MillraceCore

/// The edge of streaming: reads the dump, feeds the decoder, hands batches on.
///
/// Runs on one thread. Nothing is sent to the server once the dump has begun: it keeps its log by age, not by what was confirmed.
struct BinlogStream: ~Copyable {
  private let socket: BinlogSocket
  private let output: any BatchOutput
  private let partition: [Checkpoint.Entry]
  private let schema: TableRegistry
  private var decoder: BinlogDecoder
  private var heartbeat: Heartbeat?
  private let heartbeatQuery: HeartbeatQuery?
  private var signals: SignalFollower
  private let requested: RequestedSnapshot
  /// Whether the checkpoint has something new to say beside the position.
  private var isAsked = false
  /// How far the stream is behind, ms.
  private var latency: UInt64 = 0
  private var box: BatchBox
  /// What was handed on last; nil where nothing is stored yet.
  private var lastEmitted: MySQLPosition?
  private var nextIdleCheckpoint: Int64 = 0
  private var now = Clock.nanoseconds()
  private var heard: Int64
  /// A server that says nothing for so long, not even a heartbeat, is lost; ns.
  private let longestSilence: Int64
  private var isStopped = false
  /// Whether reading ended before all that has arrived was decoded.
  private var hasMore = false

  /// How often the position of an idle log is stored, ns.
  private static let idleInterval: Int64 = 10_000_000_000

  init(
    socket: BinlogSocket, output: any BatchOutput, partition: [Checkpoint.Entry], serverHeartbeat: Duration,
    isNew: Bool, schema: TableRegistry, decoder: consuming BinlogDecoder, heartbeat: Heartbeat?, heartbeatQuery: HeartbeatQuery?,
    signals: SignalFollower, requested: RequestedSnapshot
  ) {
    self.socket = socket
    self.output = output
    self.partition = partition
    self.schema = schema
    lastEmitted = isNew ? nil : decoder.position
    self.decoder = decoder
    self.heartbeat = heartbeat
    self.heartbeatQuery = heartbeatQuery
    self.signals = signals
    self.requested = requested
    heard = now
    longestSilence = max(30_000_000_000, 6 * Int64(serverHeartbeat / .nanoseconds(1)))
    box = output.take()
  }

  /// Reads until the pipeline stops; what was decoded by then is handed on.
  mutating func run() throws(MillraceError) {
    // Where the stream begins is stored at once: a run that ends before the first change must not begin anew elsewhere.
    if lastEmitted != nil { nextIdleCheckpoint = now + BinlogStream.idleInterval }
    defer { heartbeatQuery?.end() }
    while !output.isStopping, !isStopped {
      let received = try drain()
      report()
      if heartbeat?.isDue(at: now) == true { beat() }
      guard try followSignals(), try deliverChunks() else { return }
      signals.snapshot.report(to: output, now: now)
      while let request = signals.blocking {
        guard try wait(for: request) else { return }
      }
      try listen(received: received)
      // What is left in our buffer need not be waited for.
      if hasMore { continue }
      if received < 2048 { socket.wait(milliseconds: signals.snapshot.isActive ? 2 : 50) } else if received < 32 * 1024 { usleep(500) }
    }
    nextIdleCheckpoint = 0
    if !isStopped { _ = handOn() }
  }

  // MARK: reading

  /// Decodes whatever has arrived, a batch's worth at most; answers the bytes received.
  private mutating func drain() throws(MillraceError) -> Int {
    var received = 0
    now = Clock.nanoseconds()
    hasMore = true
    while true {
      while try takeEvent() {
        if isStopped || isFull { return received }
      }
      let count = try socket.fill()
      if count == 0 {
        hasMore = false
        return received
      }
      received += count
      // Changes that make no records must not keep the thread from looking around.
      if received >= 1 << 20 { return received }
    }
  }

  private var isFull: Bool { box.batch.records.count >= output.batchRecords || box.batch.byteCount >= output.batchBytes }

  private mutating func takeEvent() throws(MillraceError) -> Bool {
    try socket.event { bytes throws(MillraceError) in
      guard let payload = try decoder.decode(bytes, now: now, into: &box.batch) else { return }
      // A whole transaction: it may be much larger than a batch.
      try payload.events { inner throws(MillraceError) in
        if isStopped { return }
        try decoder.decodeInner(inner, now: now, into: &box.batch)
        if isFull, !(try followSignals()) { isStopped = true }
      }
    }
  }

  // MARK: handing on

  /// Appends a heartbeat with the position that is reached.
  private mutating func beat() {
    box.holdsOnlyHeartbeats = box.batch.records.isEmpty
    heartbeat?.append(now: now, order: decoder.lastOrder, to: &box.batch)
    heartbeatQuery?.run()
  }

  /// Does what signals ask for, and hands the box on: the checkpoint that leaves a signal behind says what it has asked for.
  private mutating func followSignals() throws(MillraceError) -> Bool {
    if try signals.follow(decoder, box: box, now: now, latency: latency) { isAsked = true }
    for signal in signals.takeOwn() {
      if signal.type == TableSignal.type {
        take(tables: signal)
        continue
      }
      guard let position = try position(setBy: signal) else { continue }
      // It is stored with the records at hand, and the stream begins again there.
      heartbeat?.append(now: now, order: decoder.lastOrder, to: &box.batch)
      guard offer(box, at: position) else { return false }
      throw PositionSignal.restart(signal.id)
    }
    return handOn()
  }

  private mutating func take(tables signal: Signal) {
    do throws(SignalFault) {
      let events = schema.take(try TableSignal(signal))
      decoder.forgetTables()
      decoder.tell(events, now, &box.batch)
      isAsked = true
    } catch {
      requested.log.warning("a signal is left out", ("signal", signal.id), ("problem", error.problem))
    }
  }

  /// Where a signal wants the stream to go on; nil where it was followed before, or cannot be.
  private func position(setBy signal: Signal) throws(MillraceError) -> MySQLPosition? {
    guard decoder.position.setBy != signal.id else { return nil }
    let position: MySQLPosition
    do throws(SignalFault) {
      position = try PositionSignal(signal).position(from: decoder.position, signal: signal.id)
    } catch {
      requested.log.warning("a signal is left out", ("signal", signal.id), ("problem", error.problem))
      return nil
    }
    if let loss = try requested.loss(of: position) {
      requested.log.warning("a signal is left out", ("signal", signal.id), ("problem", "the server cannot go on from there: \(loss)"))
      return nil
    }
    requested.log.warning("a signal sets the position", ("signal", signal.id), ("to", position.gtids.isEmpty ? "\(position.place)" : "\(position.gtids)"))
    return position
  }

  /// Hands the box on with the decoder's position; waits for room. False when the pipeline stops.
  private mutating func handOn() -> Bool {
    if box.batch.records.isEmpty, !isAsked {
      guard !decoder.isInTransaction, now >= nextIdleCheckpoint, decoder.position != lastEmitted else { return true }
    }
    isAsked = false
    let place = decoder.place
    lastEmitted = place
    guard offer(box, at: place) else { return false }
    box = output.take()
    return true
  }

  /// Hands on the chunks of an incremental snapshot whose turn has come; what the stream has brought was handed on before.
  private mutating func deliverChunks() throws(MillraceError) -> Bool {
    while let chunk = signals.snapshot.due(at: decoder.passed) {
      let place = decoder.place
      for (index, rows) in chunk.boxes.enumerated() {
        SourceBlock.stamp(rows, decoder.stamp, now: now, order: decoder.lastOrder)
        // With the last of them the chunk is done.
        if index == chunk.boxes.count - 1 { signals.delivered(chunk, last: rows, now: now, order: decoder.lastOrder) }
        guard offer(rows, at: place) else { return false }
      }
      lastEmitted = place
    }
    return true
  }

  /// Lets a snapshot run, and reads nothing meanwhile. Its rows are newer than what the stream brings next, which is then sent again
  /// as changes: in the end each row is as its last change has left it. False when the pipeline stops.
  private mutating func wait(for request: BlockingRequests.Request) throws(MillraceError) -> Bool {
    var point = decoder.position
    point.timestamp = now / 1000
    let place = decoder.place, requests = signals.requests, tables = schema.tables
    let snapshot = requested.begin(
      request, since: signals.beginning(decoder), at: SnapshotPlace(position: point, stamp: decoder.stamp, order: decoder.lastOrder), into: output
    ) { [partition] progress in
      place.checkpoint(partition: partition, requests: requests.after(progress), tables: tables)
    }
    guard signals.ended(request, try snapshot.wait {}) else { return false }
    isAsked = true
    now = Clock.nanoseconds()
    heard = now
    return true
  }

  /// Hands a box on with a position; waits for room. False when the pipeline stops.
  private mutating func offer(_ box: BatchBox, at place: MySQLPosition) -> Bool {
    box.checkpoint = schema.checkpoint(place, partition: partition, requests: signals.requests)
    nextIdleCheckpoint = now + BinlogStream.idleInterval
    while true {
      switch output.offer(box) {
      case .accepted: return true
      case .stopped: return false
      case .full:
        output.waitForRoom(milliseconds: 50)
        // Nobody has listened meanwhile.
        now = Clock.nanoseconds()
        heard = now
      }
    }
  }

  // MARK: the server

  private mutating func listen(received: Int) throws(MillraceError) {
    if received > 0 {
      heard = now
    } else if now - heard >= longestSilence {
      throw MySQLFailure.lost("nothing has come from the server for \((now - heard) / 1_000_000_000) s, not even a heartbeat")
    }
  }

  private mutating func report() {
    // Without more to read there is nothing behind.
    latency = decoder.isInTransaction || hasMore ? UInt64(max(0, now / 1_000_000 - decoder.position.timestamp / 1000)) : 0
    output.report(lagBytes: nil, lagMilliseconds: latency)
  }
}
