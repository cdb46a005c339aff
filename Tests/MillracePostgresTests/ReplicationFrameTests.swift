import MillraceCore
import Testing

@testable import MillracePostgres

struct ReplicationFrameTests {
  private let data: [UInt8] = Array("w".utf8) + PgOutput.bytes(UInt64(7)) + PgOutput.bytes(UInt64(9)) + PgOutput.bytes(Int64(5)) + [1, 2, 3]
  private let keepalive: [UInt8] = Array("k".utf8) + PgOutput.bytes(UInt64(9)) + PgOutput.bytes(Int64(5)) + [1]

  private func frame(_ bytes: [UInt8], _ check: (ReplicationFrame) -> Bool = { _ in true }) throws -> Bool {
    try bytes.withUnsafeBytes { check(try ReplicationFrame($0)) }
  }

  @Test func dataHasItsPositionAndTheServersEnd() throws {
    #expect(try frame(data) { if case .data(let content, 7, 9) = $0 { Array(content) == [1, 2, 3] } else { false } })
    #expect(try frame(Array(data[..<25])) { if case .data(let content, 7, 9) = $0 { content.isEmpty } else { false } })
  }

  @Test func aKeepaliveMayAskForAnAnswer() throws {
    #expect(try frame(keepalive) { if case .keepalive(9, true) = $0 { true } else { false } })
    #expect(try frame(keepalive.dropLast() + [0]) { if case .keepalive(9, false) = $0 { true } else { false } })
  }

  @Test func aFrameThatEndsTooEarlyIsATypedErrorAtEveryLength() {
    for (whole, needed) in [(data, 25), (keepalive, 18)] {
      for length in 0..<needed { #expect(throws: MillraceError.self) { try frame(Array(whole[..<length])) } }
    }
    #expect(throws: MillraceError.self) { try frame([0, 1, 2]) }
  }
}

struct ServerSilenceTests {
  private static let second: Int64 = 1_000_000_000

  /// What is done in each second of a silence.
  private func steps(_ silence: inout ServerSilence, _ seconds: ClosedRange<Int64>) -> [ServerSilence.Step] {
    seconds.map { silence.step(now: $0 * Self.second) }
  }

  @Test func aSilentServerIsAskedAndGivenUpAfterSixIntervals() {
    var silence = ServerSilence(statusInterval: 10 * Self.second, now: 0)
    let seen = steps(&silence, 1...61)
    #expect(seen.filter { $0 == .ask }.count == 5)
    #expect(seen.firstIndex(of: .ask) == 9)
    #expect(seen.firstIndex(of: .lost) == 59)
    #expect(silence.seconds(now: 60 * Self.second) == 60)
  }

  @Test func anAnswerIsEnough() {
    var silence = ServerSilence(statusInterval: 10 * Self.second, now: 0)
    for round in 0..<100 {
      let now = Int64(round) * 50 * Self.second
      silence.end(now: now)
      #expect(steps(&silence, Int64(round) * 50 + 1...Int64(round) * 50 + 49).allSatisfy { $0 != .lost })
    }
  }

  @Test func itIsNeverGivenUpBeforeTenSeconds() {
    var silence = ServerSilence(statusInterval: Self.second / 10, now: 0)
    #expect(steps(&silence, 1...10).map { $0 == .lost } == [Bool](repeating: false, count: 9) + [true])
  }

  @Test func theLongestIntervalDoesNotOverflow() {
    var silence = ServerSilence(statusInterval: .max, now: 0)
    #expect(silence.step(now: .max / 2) != .lost)
  }
}
