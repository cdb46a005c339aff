internal import MillraceCore

/// The edge of streaming: reads the cursor of a change stream, feeds the decoder, hands batches on, keeps positions and heartbeats
/// moving while nothing happens. Runs on one thread.
struct ChangeStreamReader: ~Copyable {
  /// How long the server is let wait for something to come: in these slices the thread looks around, ms. Behind events the first is short,
  /// and each is twice as long as the one before, so that a run that ends there need not wait long for the server.
  static let slice = 500, firstSlice = 10
  /// The same while an incremental snapshot is under way.
  static let shortSlice = 5
  /// A server that looks through its log answers with nothing in between: the stream has caught up when it has for so long, ns.
  static let quiet: Int64 = 200_000_000
  /// How often a position is handed on without records, ns.
  static let idleInterval: Int64 = 10_000_000_000

  private let cursor: MongoCursor
  private let output: any BatchOutput
  private let partition: [Checkpoint.Entry]
  private let wait: Int
  private var nextWait = ChangeStreamReader.firstSlice
  private var decoder: EventDecoder
  private var heartbeat: Heartbeat?
  private var box: BatchBox
  private var now = Clock.nanoseconds()
  private var nextIdleCheckpoint: Int64
  private var lastEmitted: BSONDocument?
  private var signals: SignalFollower
  /// Whether the checkpoint has something new to say beside the position.
  private var hasNews = false
  private let requested: RequestedSnapshot
  /// Whether the server has been asked for events in this run.
  private var hasAsked = false
  /// How far the stream is behind, ms.
  private var latency: UInt64 = 0
  private var lastEvent: Int64 = 0

  /// - Parameter hasPosition: whether a position is stored that the stream begins at; the first one is handed on at once.
  init(
    cursor: MongoCursor, output: any BatchOutput, partition: [Checkpoint.Entry], awaitTime: Int, decoder: consuming EventDecoder,
    heartbeat: Heartbeat?, hasPosition: Bool, signals: SignalFollower, requested: RequestedSnapshot
  ) {
    self.cursor = cursor
    cursor.fetchesAhead = true
    self.output = output
    self.partition = partition
    wait = awaitTime == 0 ? ChangeStreamReader.slice : min(awaitTime, ChangeStreamReader.slice)
    nextIdleCheckpoint = hasPosition ? now + ChangeStreamReader.idleInterval : 0
    self.decoder = decoder
    self.heartbeat = heartbeat
    self.signals = signals
    self.requested = requested
    box = output.take()
  }

  /// Reads until the pipeline stops; what was decoded by then is handed on.
  mutating func run() throws(MillraceError) {
    while !output.isStopping {
      now = Clock.nanoseconds()
      let isFull = try drain()
      if !isFull { passIdle() }
      if heartbeat?.isDue(at: now) == true, !decoder.isWithinEvent { beat() }
      // Before the box is handed on: the checkpoint that leaves a signal behind says what it has asked for.
      let isAsked = try signals.follow(latest: decoder.latest, box: box, now: now, order: decoder.lastOrder, latency: latency)
      if isAsked { hasNews = true }
      signals.snapshot.report(to: output, now: now)
      // The place behind the end of a stream has to be stored, or the next one would end there again.
      guard handOn(atOnce: !isFull && !cursor.isOpen), try deliverChunks() else { return }
      while let request = signals.blocking, !decoder.isWithinEvent, decoder.position.token != nil {
        guard try wait(for: request) else { return }
      }
      if isFull { continue }
      guard cursor.isOpen else { throw ChangeStreamReader.closed }
      // While chunks are read, the thread looks around more often.
      try cursor.fetch(wait: min(wait, signals.snapshot.isActive ? ChangeStreamReader.shortSlice : nextWait))
      hasAsked = true
      nextWait = cursor.isBatchEmpty ? min(nextWait * 2, ChangeStreamReader.slice) : ChangeStreamReader.firstSlice
    }
    _ = handOn()
  }

  /// Decodes what is left of the cursor's batch, a box's worth at most; answers whether the box is full.
  private mutating func drain() throws(MillraceError) -> Bool {
    var looked = 0
    defer { measure(hasEvents: looked > 0) }
    while let document = try cursor.next() {
      try decoder.decode(document, now: now, into: &box.batch)
      looked &+= document.count
      if box.batch.records.count >= output.batchRecords || box.batch.byteCount >= output.batchBytes { return true }
      // Events that make no records must not keep the thread from looking around.
      if looked >= 1 << 20 { return true }
    }
    movePlace(isEmpty: cursor.isBatchEmpty)
    return false
  }

  private mutating func measure(hasEvents: Bool) {
    if hasEvents {
      latency = UInt64(max(0, now / 1_000_000 - Int64(decoder.latest >> 32) * 1000))
      lastEvent = now
    } else if now - lastEvent > ChangeStreamReader.quiet {
      latency = 0
    }
  }

  /// Where the stream is, for chunks. Events of one time may come in several batches, but none is behind an empty one.
  private mutating func movePlace(isEmpty: Bool) {
    signals.place.raise(to: isEmpty && hasAsked ? decoder.latest : decoder.latest &- min(decoder.latest, 1))
    guard isEmpty, !decoder.isWithinEvent, let token = cursor.batchToken else { return }
    var position = MongoPosition()
    position.token = token
    if let time = position.clusterTime { signals.place.raise(to: time) }
  }

  /// Hands on the chunks of an incremental snapshot whose turn has come; what the stream has brought was handed on before.
  private mutating func deliverChunks() throws(MillraceError) -> Bool {
    if decoder.isWithinEvent { return true }
    while let chunk = signals.snapshot.due(at: signals.place.time) {
      let position = decoder.position
      for (index, rows) in chunk.boxes.enumerated() {
        stamp(rows)
        // With the last of them the chunk is done.
        if index == chunk.boxes.count - 1 { signals.delivered(chunk, last: rows, now: now, order: decoder.lastOrder) }
        rows.checkpoint = checkpoint(position)
        guard output.put(rows) else { return false }
      }
    }
    return true
  }

  private func checkpoint(_ position: MongoPosition) -> Checkpoint {
    position.checkpoint(partition: partition, requests: signals.requests)
  }

  /// Lets a snapshot run, and reads nothing meanwhile. Its documents are newer than what the stream brings next, which is then sent again
  /// as changes: in the end each document is as its last change has left it. False when the pipeline stops.
  private mutating func wait(for request: BlockingRequests.Request) throws(MillraceError) -> Bool {
    let position = decoder.position
    let requests = signals.requests
    let snapshot = requested.begin(
      request, try signals.shapes(of: request), at: position, order: decoder.lastOrder, into: output
    ) { [partition] progress in
      position.checkpoint(partition: partition, requests: requests.after(progress))
    }
    guard signals.ended(request, try snapshot.wait {}) else { return false }
    hasNews = true
    now = Clock.nanoseconds()
    return true
  }

  /// The batch is at its end, and nothing is under way: the position is where the server has looked.
  private mutating func passIdle() {
    guard box.batch.records.isEmpty, !decoder.isWithinEvent, let token = cursor.batchToken else { return }
    decoder.pass(to: token)
    output.report(lagBytes: 0, lagMilliseconds: 0)
  }

  private mutating func beat() {
    box.holdsOnlyHeartbeats = box.batch.records.isEmpty
    heartbeat?.append(now: now, order: decoder.lastOrder, to: &box.batch)
  }

  /// Gives documents of a chunk the place in the stream at which they are delivered.
  private func stamp(_ box: BatchBox) {
    let ord = Slot.integer(Int64(Int32(truncatingIfNeeded: decoder.latest)))
    for index in 0..<box.batch.records.count {
      box.batch.records[index].order = decoder.lastOrder
      let source = box.batch.field(DocumentEnvelope.source, of: box.batch.records[index].value)
      if source.kind == .structure, source.count == SourceBlock.Field.count { box.batch.slots[source.offset + SourceBlock.Field.ord] = ord }
    }
  }

  /// Hands the box on with the decoder's position; waits for room. False when the pipeline stops.
  private mutating func handOn(atOnce: Bool = false) -> Bool {
    let isIdle = box.batch.records.isEmpty && !hasNews
    if isIdle, (now < nextIdleCheckpoint && !atOnce) || decoder.isWithinEvent { return true }
    let position = decoder.position
    guard position.token != nil else { return true }
    if isIdle, position.token == lastEmitted { return true }
    hasNews = false
    lastEmitted = position.token
    nextIdleCheckpoint = now + ChangeStreamReader.idleInterval
    box.checkpoint = checkpoint(position)
    // The cursor waits on the server meanwhile; one that the server gives up is opened anew by the next attempt.
    guard output.put(box) else { return false }
    box = output.take()
    return true
  }

  /// The collection or database of the stream is gone, and with it the cursor.
  private static var closed: MillraceError {
    MillraceError(
      code: "mongodb.stream.closed", component: "mongodb", retry: .retry, message: "the server has ended the change stream",
      advice: "its collection or database was dropped or renamed: the next attempt goes on behind that")
  }
}
