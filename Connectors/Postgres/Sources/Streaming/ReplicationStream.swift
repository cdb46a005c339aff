internal import MillraceCore

/// The edge of streaming: reads the replication connection, feeds the decoder, hands batches on, answers keepalives, confirms.
///
/// Runs on one thread. Source: PostgreSQL documentation, "Streaming Replication Protocol" (XLogData, Primary keepalive message,
/// Standby status update).
struct ReplicationStream: ~Copyable {
  private let connection: PostgresConnection
  private let output: any BatchOutput
  private let partition: [Checkpoint.Entry]
  private let statusInterval: Int64
  /// The position that may be confirmed, set by another thread when a checkpoint is stored; nil: nothing is confirmed.
  private let confirmed: ConfirmedPosition?
  private var xmin: SlotXmin?
  private var decoder: ChangeDecoder
  private var heartbeat: Heartbeat?
  private let heartbeatQuery: HeartbeatQuery?
  private var signals: SignalFollower
  private let requested: RequestedSnapshot
  private var box: BatchBox
  /// Whether the checkpoint has something new to say beside the position.
  private var hasNews = false
  /// The server's word that all up to here was sent; counts only outside a transaction.
  private var serverPosition: UInt64 = 0
  private var serverEnd: UInt64 = 0
  private var lastEmitted: PostgresPosition
  private var lastStatus: Int64 = 0
  /// How far the stream is behind, ms.
  private var latency: UInt64 = 0
  /// Whether changes have come in this round.
  private var hasChanges = false
  private var statusSent: UInt64 = 0
  private var nextIdleCheckpoint: Int64 = 0
  private var now = Clock.nanoseconds()
  private var silence: ServerSilence

  init(
    connection: PostgresConnection, output: any BatchOutput, partition: [Checkpoint.Entry], statusInterval: Duration,
    confirmed: ConfirmedPosition?, xmin: SlotXmin?, decoder: consuming ChangeDecoder, heartbeat: Heartbeat? = nil,
    heartbeatQuery: HeartbeatQuery? = nil, signals: SignalFollower, requested: RequestedSnapshot
  ) {
    self.connection = connection
    self.output = output
    self.partition = partition
    self.statusInterval = Int64(statusInterval / .nanoseconds(1))
    self.confirmed = confirmed
    self.xmin = xmin
    silence = ServerSilence(statusInterval: self.statusInterval, now: now)
    lastEmitted = decoder.position
    self.decoder = decoder
    self.heartbeat = heartbeat
    self.heartbeatQuery = heartbeatQuery
    self.signals = signals
    self.requested = requested
    box = output.take()
  }

  /// Reads until the pipeline stops; what was decoded by then is handed on.
  mutating func run() throws(MillraceError) {
    nextIdleCheckpoint = now + statusInterval
    defer { heartbeatQuery?.end() }
    while !output.isStopping {
      hasChanges = false
      let received = try drain()
      measure()
      if heartbeat?.isDue(at: now) == true { beat() }
      // Before the box is handed on: the checkpoint that leaves a signal behind says what it has asked for.
      let isAsked = try signals.follow(
        decoder.takeAnnounced(), recent: decoder.recent, box: box, now: now, order: decoder.lastOrder, latency: latency)
      if isAsked { hasNews = true }
      guard try handOn(), try deliverChunks() else { return }
      signals.snapshot.report(to: output, now: now)
      while let request = signals.blocking {
        guard try wait(for: request) else { return }
      }
      try keepInTouch()
      try listen(received: received)
      // While a chunk waits for the stream, the server is asked how far that is.
      if received == 0, signals.snapshot.isWaiting { try sendStatus(asking: true) }
      SocketPacing.wait(on: connection, afterReceiving: received, pause: 700, milliseconds: signals.snapshot.isActive ? 2 : 50)
    }
    _ = try handOn()
  }

  // MARK: reading

  /// Decodes whatever has arrived, a batch's worth at most; answers the bytes received.
  private mutating func drain() throws(MillraceError) -> Int {
    var received = 0
    now = Clock.nanoseconds()
    if xmin != nil { try refreshXmin() }
    while true {
      try connection.consumeInput()
      var any = false
      reading: while true {
        let state = try connection.copyMessage { bytes throws(MillraceError) in
          received &+= bytes.count
          try take(bytes)
        }
        switch state {
        case .row: any = true
        case .nothing: break reading
        case .end: throw PostgresFailure.lost("the server ended the replication stream")
        }
        if box.batch.records.count >= output.batchRecords || box.batch.byteCount >= output.batchBytes {
          return received
        }
        // Changes that make no records must not keep the thread from looking around.
        if received >= 1 << 20 { return received }
      }
      if !any { return received }
    }
  }

  @inline(__always)
  private mutating func take(_ bytes: UnsafeRawBufferPointer) throws(MillraceError) {
    switch try ReplicationFrame(bytes) {
    case .data(let content, let lsn, let end):
      serverEnd = max(serverEnd, end)
      hasChanges = true
      try decoder.decode(content, lsn: lsn, now: now, into: &box.batch)
    case .keepalive(let end, let asks):
      serverEnd = max(serverEnd, end)
      if !decoder.isInTransaction { serverPosition = max(serverPosition, end) }
      if asks {
        // The server waits, perhaps in order to stop: what is idle is confirmed at once.
        nextIdleCheckpoint = 0
        try sendStatus()
      }
    }
  }

  // MARK: handing on

  /// Appends a heartbeat with the position that is reached, in a transaction or not.
  private mutating func beat() {
    if !decoder.isInTransaction { decoder.passIdle(to: serverPosition) }
    box.holdsOnlyHeartbeats = box.batch.records.isEmpty
    heartbeat?.append(now: now, order: decoder.lastOrder, to: &box.batch)
    heartbeatQuery?.run()
  }

  /// Hands the box on with the decoder's position; waits for room, answering the server meanwhile. False when the pipeline stops.
  private mutating func handOn() throws(MillraceError) -> Bool {
    if box.batch.records.isEmpty, !hasNews {
      guard let position = idlePosition() else { return true }
      lastEmitted = position
    } else {
      hasNews = false
      lastEmitted = decoder.place
    }
    guard try offer(box, at: lastEmitted) else { return false }
    box = output.take()
    return true
  }

  /// Hands a box on with a position; waits for room, answering the server meanwhile. False when the pipeline stops.
  private mutating func offer(_ box: BatchBox, at position: PostgresPosition) throws(MillraceError) -> Bool {
    box.checkpoint = position.checkpoint(partition: partition, requests: signals.requests)
    box.checkpoint?.attachment = signals.known?.attachment
    nextIdleCheckpoint = now + statusInterval
    while true {
      switch output.offer(box) {
      case .accepted: return true
      case .stopped: return false
      case .full:
        output.waitForRoom(milliseconds: 50)
        try keepInTouch(isReading: false)
        silence.end(now: now)
      }
    }
  }

  /// Hands on the chunks of an incremental snapshot whose turn has come; what the stream has brought was handed on before.
  private mutating func deliverChunks() throws(MillraceError) -> Bool {
    while let chunk = signals.snapshot.due(at: decoder.passed(idle: serverPosition)) {
      let place = decoder.place
      for (index, rows) in chunk.boxes.enumerated() {
        SourceBlock.stamp(rows, lastCommit: place.lastCommitEnd, now: now, order: decoder.lastOrder)
        // With the last of them the chunk is done.
        if index == chunk.boxes.count - 1 { signals.delivered(chunk, last: rows, now: now, order: decoder.lastOrder) }
        guard try offer(rows, at: place) else { return false }
      }
      lastEmitted = place
    }
    return true
  }

  /// Lets a snapshot run, and reads nothing meanwhile. Its rows are newer than what the stream brings next, which is then sent again
  /// as changes: in the end each row is as its last change has left it. False when the pipeline stops.
  private mutating func wait(for request: BlockingRequests.Request) throws(MillraceError) -> Bool {
    let place = decoder.place
    let requests = signals.requests, attachment = signals.known?.attachment
    let snapshot = requested.begin(
      request, try signals.forms(of: request), at: place, order: decoder.lastOrder, into: output
    ) { [partition] progress in
      var checkpoint = place.checkpoint(partition: partition, requests: requests.after(progress))
      checkpoint.attachment = attachment
      return checkpoint
    }
    guard signals.ended(request, try snapshot.wait { () throws(MillraceError) in try keepInTouch(isReading: false) }) else { return false }
    hasNews = true
    now = Clock.nanoseconds()
    silence.end(now: now)
    return true
  }

  /// With nothing to deliver: a position further on, so that an idle database need not keep its log. It goes the way of every
  /// position, through the sink's half and the store, and is confirmed after that.
  private mutating func idlePosition() -> PostgresPosition? {
    guard !decoder.isInTransaction, now >= nextIdleCheckpoint else { return nil }
    // Kept by the decoder, so that no later checkpoint falls behind it (Invariant 2).
    decoder.passIdle(to: serverPosition)
    return decoder.position.flushable > lastEmitted.flushable ? decoder.place : nil
  }

  // MARK: staying in touch

  /// Sends a status update if something new can be confirmed or the interval is over, and reports the lag.
  private mutating func keepInTouch(isReading: Bool = true) throws(MillraceError) {
    now = Clock.nanoseconds()
    // While there is no room nothing is read, not even the server's wish for an answer: it hears from us by itself, in time for
    // any wal_sender_timeout that makes sense.
    let longest = min(statusInterval, isReading ? 10_000_000_000 : 500_000_000)
    if (confirmed?.value ?? 0) > statusSent || now - lastStatus >= longest { try sendStatus() }
    measure()
  }

  /// How far the stream is behind.
  private mutating func measure() {
    let position = max(decoder.position.lastChange, serverPosition)
    let behind = decoder.isInTransaction || serverEnd > position ? serverEnd &- min(position, serverEnd) : 0
    // What the server has is known by its keepalives only: as long as changes come, the last one tells how old they are.
    latency = behind == 0 && !hasChanges ? 0 : UInt64(max(0, now / 1_000_000 - decoder.position.timestamp / 1000))
    output.report(lagBytes: behind, lagMilliseconds: latency)
  }

  /// Asks a server that has been silent for long, and gives it up when it does not answer.
  private mutating func listen(received: Int) throws(MillraceError) {
    if received > 0 { return silence.end(now: now) }
    switch silence.step(now: now) {
    case .wait: break
    case .ask: try sendStatus(asking: true)
    case .lost: throw PostgresFailure.lost("nothing has come from the server for \(silence.seconds(now: now)) s, and it does not answer")
    }
  }

  private mutating func sendStatus(asking: Bool = false) throws(MillraceError) {
    let flushed = confirmed?.value ?? 0
    // What is not to be confirmed counts as received, or else a server that stops would wait for us.
    let written = confirmed == nil ? serverEnd : 0
    try connection.sendCopy(StandbyStatus.message(flushed: flushed, written: written, now: now, asks: asking))
    lastStatus = now
    statusSent = flushed
  }

  private mutating func refreshXmin() throws(MillraceError) {
    if xmin?.isDue(at: now) == true, let value = try xmin?.read() { decoder.set(xmin: value) }
  }
}
