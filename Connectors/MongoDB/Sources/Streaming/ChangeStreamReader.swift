internal import MillraceCore

/// The edge of streaming: reads the cursor of a change stream, feeds the decoder, hands batches on, keeps positions and heartbeats
/// moving while nothing happens. Runs on one thread.
struct ChangeStreamReader: ~Copyable {
  /// How long the server is let wait for something to come: in these slices the thread looks around, ms.
  static let slice = 500
  /// How often a position is handed on without records, ns.
  static let idleInterval: Int64 = 10_000_000_000

  private let cursor: MongoCursor
  private let output: any BatchOutput
  private let partition: [Checkpoint.Entry]
  private let wait: Int
  private var decoder: EventDecoder
  private var heartbeat: Heartbeat?
  private var box: BatchBox
  private var now = Clock.nanoseconds()
  private var nextIdleCheckpoint: Int64
  private var lastEmitted: BSONDocument?

  /// - Parameter hasPosition: whether a position is stored that the stream begins at; the first one is handed on at once.
  init(
    cursor: MongoCursor, output: any BatchOutput, partition: [Checkpoint.Entry], awaitTime: Int, decoder: consuming EventDecoder,
    heartbeat: Heartbeat?, hasPosition: Bool
  ) {
    self.cursor = cursor
    cursor.fetchesAhead = true
    self.output = output
    self.partition = partition
    wait = awaitTime == 0 ? ChangeStreamReader.slice : min(awaitTime, ChangeStreamReader.slice)
    nextIdleCheckpoint = hasPosition ? now + ChangeStreamReader.idleInterval : 0
    self.decoder = decoder
    self.heartbeat = heartbeat
    box = output.take()
  }

  /// Reads until the pipeline stops; what was decoded by then is handed on.
  mutating func run() throws(MillraceError) {
    while !output.isStopping {
      now = Clock.nanoseconds()
      let isFull = try drain()
      if !isFull { passIdle() }
      if heartbeat?.isDue(at: now) == true, !decoder.isWithinEvent { beat() }
      // The place behind the end of a stream has to be stored, or the next one would end there again.
      guard handOn(atOnce: !isFull && !cursor.isOpen) else { return }
      if isFull { continue }
      guard cursor.isOpen else { throw ChangeStreamReader.closed }
      try cursor.fetch(wait: wait)
    }
    _ = handOn()
  }

  /// Decodes what is left of the cursor's batch, a box's worth at most; answers whether the box is full.
  private mutating func drain() throws(MillraceError) -> Bool {
    var looked = 0
    while let document = try cursor.next() {
      try decoder.decode(document, now: now, into: &box.batch)
      looked &+= document.count
      if box.batch.records.count >= output.batchRecords || box.batch.byteCount >= output.batchBytes { return true }
      // Events that make no records must not keep the thread from looking around.
      if looked >= 1 << 20 { return true }
    }
    return false
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

  /// Hands the box on with the decoder's position; waits for room. False when the pipeline stops.
  private mutating func handOn(atOnce: Bool = false) -> Bool {
    if box.batch.records.isEmpty, (now < nextIdleCheckpoint && !atOnce) || decoder.isWithinEvent { return true }
    let position = decoder.position
    guard position.token != nil else { return true }
    if box.batch.records.isEmpty, position.token == lastEmitted { return true }
    lastEmitted = position.token
    nextIdleCheckpoint = now + ChangeStreamReader.idleInterval
    box.checkpoint = position.checkpoint(partition: partition)
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
