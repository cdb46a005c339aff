import Glibc
import MillraceCore
import Testing

@testable import MillraceFile

@Suite(.serialized) struct StdoutSinkTests {
  @Test func aReaderThatIsSlowGetsEveryLine() async throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    let sink = StdoutSink(descriptor: writer)
    try await sink.start(SinkContext(converters: .plain(), log: .none))
    let reading = WorkerThread()
    async let lines = reading.run { () throws(MillraceError) in
      var count = 0
      var block = [UInt8](repeating: 0, count: 4096)
      while case let read = Glibc.read(reader, &block, block.count), read > 0 { count += block[..<read].count { $0 == 0x0a } }
      return count
    }
    for sequence in 1...5 { try await sink.write(.of(UInt64(sequence), 0..<10_000)) }
    #expect(try await sink.flush(waiting: false) == 5)
    await sink.close()
    close(writer)
    #expect(try await lines == 50_000)
    close(reader)
  }

  @Test func aReaderThatIsGoneEndsTheRunWithAClearError() async throws {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    close(ends[0])
    let sink = StdoutSink(descriptor: ends[1])
    try await sink.start(SinkContext(converters: .plain(), log: .none))
    let error = await #expect(throws: MillraceError.self) { try await sink.write(.of(1, 0..<10)) }
    #expect(error?.code == "stdout.closed")
    #expect(error?.retry == .stop)
    #expect(try await sink.flush(waiting: true) == 0)
    close(ends[1])
  }

  @Test func aDescriptorThatIsClosedIsFoundByTheCheck() async {
    #expect(await StdoutSink(descriptor: 999).check().count == 1)
    #expect(await StdoutSink(descriptor: STDERR_FILENO).check().isEmpty)
  }
}
