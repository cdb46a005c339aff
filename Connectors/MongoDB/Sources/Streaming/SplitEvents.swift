internal import MillraceCore

/// Puts the parts of an event together that was too large for one (`$changeStreamSplitLargeEvent`;
/// io.debezium.connector.mongodb.events.SplitEventHandler).
struct SplitEvents: ~Copyable {
  private var memory = ByteArena(capacity: 64)
  private var parts: [Range<Int>] = []

  /// Whether parts wait for others.
  var isEmpty: Bool { parts.isEmpty }

  /// Takes a part. Answers the whole event with its last one: valid until the next call.
  mutating func take(_ document: UnsafeRawBufferPointer, _ fragment: (number: Int64, of: Int64)) throws(MillraceError) -> ChangeStreamEvent? {
    if fragment.number == 1 { clear() }
    guard fragment.number == Int64(parts.count) + 1, fragment.number <= fragment.of else { throw SplitEvents.missing }
    let start = memory.count
    memory.append(document)
    parts.append(start..<memory.count)
    guard fragment.number == fragment.of else { return nil }
    var event = ChangeStreamEvent()
    let all = UnsafeRawBufferPointer(start: memory.start, count: memory.count)
    for part in parts { try event.take(UnsafeRawBufferPointer(rebasing: all[part])) }
    event.fragment = nil
    parts.removeAll(keepingCapacity: true)
    return event
  }

  private mutating func clear() {
    parts.removeAll(keepingCapacity: true)
    memory.removeAll(keeping: 1 << 20)
  }

  static var missing: MillraceError {
    MillraceError(
      code: "mongodb.split", component: "mongodb", retry: .retry, message: "a part of a large event is missing",
      advice: "wait: the next attempt reads the event from its beginning")
  }
}
