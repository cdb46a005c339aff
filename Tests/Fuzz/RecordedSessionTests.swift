import MillraceCore
import Testing

@testable import MillracePostgres

/// What a real server sent, whole and cut off.
@Suite struct RecordedSessionTests {
  /// A decoder that has seen what went before the message at `index`.
  private func decoder(before index: Int) throws -> DecoderSession {
    let session = DecoderSession()
    for message in RecordedSession.messages[..<index] { _ = try session.decode(message) }
    return session
  }

  @Test func everyKindOfMessageWasRecorded() {
    #expect(RecordedSession.messages.count > 90)
    #expect(Set(RecordedSession.messages.compactMap(\.first)) == Set("BCDIMORTUY".utf8))
  }

  @Test func theWholeSessionIsRead() throws {
    let session = DecoderSession()
    for message in RecordedSession.messages { try session.decode(message) }
    // One record for each of 16 inserts, 4 updates, 2 messages and 2 truncated tables, two for each of 4 deletes, three for each of
    // 4 changes of what identifies the row.
    #expect(session.records == 44)
  }

  @Test(arguments: RecordedSession.messages.indices) func aMessageThatEndsTooEarlyIsATypedErrorAtEveryLength(_ index: Int) throws {
    let message = RecordedSession.messages[index]
    for length in 0..<message.count where length < 400 || length % 37 == 0 || length > message.count - 40 {
      let session = try decoder(before: index)
      let error = #expect(throws: MillraceError.self) { try session.decode(Array(message[..<length])) }
      #expect(error?.code.hasPrefix("postgres.") == true)
    }
  }
}
