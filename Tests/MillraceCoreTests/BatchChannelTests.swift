import Testing

@testable import MillraceCore

struct BatchChannelTests {
  private func channel(bytes: Int = .max, batches: Int = .max, after sequence: UInt64 = 0) -> BatchChannel {
    BatchChannel(batchBytes: 64, batchRecords: 8, maximumBytes: bytes, maximumBatches: batches, after: sequence)
  }

  private func box(_ bytes: Int) -> BatchBox {
    let box = BatchBox(capacity: 64)
    box.batch.arena.append([UInt8](repeating: 1, count: bytes))
    return box
  }

  /// The next item in words.
  private func next(_ channel: BatchChannel) async -> String {
    switch await channel.next() {
    case .batch(let box): "batch \(box.sequence)"
    case .tick: "tick"
    case .end: "end"
    }
  }

  @Test func batchesComeOutInTheOrderTheyWentInAndAreNumberedFromOne() async {
    let channel = channel()
    for _ in 0..<3 { #expect(channel.offer(box(1)) == .accepted) }
    #expect(await next(channel) == "batch 1")
    #expect(await next(channel) == "batch 2")
    #expect(await next(channel) == "batch 3")
  }

  @Test func numbersGoOnBehindThoseOfTheAttemptBefore() async {
    let channel = channel(after: 41)
    #expect(channel.lastSequence == 41)
    _ = channel.offer(box(1))
    #expect(await next(channel) == "batch 42")
    #expect(channel.lastSequence == 42)
  }

  @Test func whatWaitsIsBoundedInBytes() async {
    let channel = channel(bytes: 100)
    #expect(channel.offer(box(60)) == .accepted)
    #expect(channel.offer(box(41)) == .full)
    #expect(channel.offer(box(40)) == .accepted)
    #expect(channel.offer(box(1)) == .full)
    _ = await next(channel)
    #expect(channel.offer(box(60)) == .accepted)
    #expect(channel.offer(box(1)) == .full)
  }

  @Test func whatWaitsIsBoundedInBatches() async {
    let channel = channel(batches: 2)
    #expect(channel.offer(box(0)) == .accepted)
    #expect(channel.offer(box(0)) == .accepted)
    #expect(channel.offer(box(0)) == .full)
    _ = await next(channel)
    #expect(channel.offer(box(0)) == .accepted)
  }

  @Test func oneBatchAlwaysFitsWhateverItsSize() async {
    let channel = channel(bytes: 100)
    #expect(channel.offer(box(5000)) == .accepted)
    #expect(channel.offer(box(1)) == .full)
    #expect(await next(channel) == "batch 1")
    #expect(channel.offer(box(5000)) == .accepted)
  }

  @Test func aRefusedBatchTakesNoNumber() async {
    let channel = channel(batches: 1)
    _ = channel.offer(box(1))
    #expect(channel.offer(box(1)) == .full)
    _ = await next(channel)
    _ = channel.offer(box(1))
    #expect(await next(channel) == "batch 2")
  }

  @Test func afterFinishWhatIsQueuedComesBeforeTheEnd() async {
    let channel = channel()
    _ = channel.offer(box(1))
    channel.finish()
    #expect(channel.offer(box(1)) == .stopped)
    #expect(await next(channel) == "batch 1")
    #expect(await next(channel) == "end")
    #expect(await next(channel) == "end")
  }

  @Test func stopAsksTheReadingSideToEndAndStillTakesWhatItHas() async {
    let channel = channel()
    _ = channel.offer(box(1))
    #expect(!channel.isStopping)
    channel.stop()
    #expect(channel.isStopping)
    #expect(channel.offer(box(1)) == .accepted)
    channel.finish()
    #expect(await next(channel) == "batch 1")
    #expect(await next(channel) == "batch 2")
    #expect(await next(channel) == "end")
  }

  @Test func abortThrowsAwayWhatIsQueued() async {
    let channel = channel()
    _ = channel.offer(box(1))
    channel.abort()
    #expect(channel.isStopping)
    #expect(channel.offer(box(1)) == .stopped)
    #expect(!channel.put(box(1)))
    #expect(await next(channel) == "end")
  }

  @Test func aTickIsAnsweredOnceAndBehindTheBatches() async {
    let channel = channel()
    channel.tick()
    channel.tick()
    _ = channel.offer(box(1))
    #expect(await next(channel) == "batch 1")
    #expect(await next(channel) == "tick")
    channel.finish()
    #expect(await next(channel) == "end")
  }

  @Test func whoWaitsForABatchIsWoken() async {
    let channel = channel()
    async let first = next(channel)
    _ = channel.offer(box(1))
    #expect(await first == "batch 1")
    async let second = next(channel)
    channel.tick()
    #expect(await second == "tick")
    async let third = next(channel)
    channel.finish()
    #expect(await third == "end")
  }

  @Test func deliveredBoxesAreUsedAgainAndEmpty() {
    let channel = channel(batches: 2)
    let used = box(100)
    used.checkpoint = Checkpoint(partition: [], offset: [])
    used.sequence = 9
    used.isCut = true
    channel.recycle(used)
    let taken = channel.take()
    #expect(taken === used)
    #expect(taken.batch.byteCount == 0)
    #expect(taken.checkpoint == nil)
    #expect(taken.sequence == 0)
    #expect(!taken.isCut)
    #expect(channel.take() !== used)
  }

  @Test func noMoreBoxesAreKeptThanCanWait() {
    let channel = channel(batches: 2)
    let boxes = (0..<3).map { _ in box(1) }
    for box in boxes { channel.discard(box) }
    let taken = (0..<3).map { _ in channel.take() }
    #expect(taken.filter { box in boxes.contains { $0 === box } }.count == 2)
  }

  @Test func everythingArrivesAtAReaderThatIsSlowerThanTheWriter() async throws {
    let channel = channel(bytes: 300, batches: 4)
    let writing = Task {
      await BlockingWork.run { [self] in
        for index in 0..<500 where !channel.put(box(index % 120)) { return }
        channel.finish()
      }
    }
    var expected: UInt64 = 1
    while case .batch(let box) = await channel.next() {
      #expect(box.sequence == expected)
      #expect(box.batch.byteCount == Int(expected - 1) % 120)
      expected += 1
      channel.recycle(box)
    }
    await writing.value
    #expect(expected == 501)
  }
}

/// A thread for work that waits.
enum BlockingWork {
  static func run(_ body: @escaping @Sendable () -> Void) async {
    try? await BlockingThread.run { () throws(MillraceError) in body() }
  }
}
