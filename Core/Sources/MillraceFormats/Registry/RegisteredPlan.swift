internal import MillraceCore

/// What a converter needs for the values of one schema in one topic: its own plan, and what the registry said.
final class RegisteredPlan<Plan: Sendable>: Sendable {
  let schema: Schema?
  let plan: Plan
  /// The registry's number of the schema; 0 where there is none.
  let number: Int64
  let prefix: Prefix
  let headers: [(name: String, value: [UInt8])]
  /// Of the schema of what lies inside the value, where that is a message of its own.
  let inner: RegisteredSchema?

  /// Up to sixteen bytes, in two words, the lowest byte first.
  struct Prefix: BitwiseCopyable, Sendable {
    private let low: UInt64
    private let high: UInt64
    private let count: UInt8

    init(_ bytes: [UInt8]) {
      var words: (UInt64, UInt64) = (0, 0)
      for (index, byte) in bytes.prefix(16).enumerated() {
        if index < 8 { words.0 |= UInt64(byte) << UInt64(index * 8) } else { words.1 |= UInt64(byte) << UInt64(index * 8 - 64) }
      }
      (low, high) = words
      count = UInt8(min(bytes.count, 16))
    }

    /// Room for 16 bytes.
    @inline(__always) func write(_ cursor: inout ByteCursor) { cursor.put(words: low, high, count: Int(count)) }
  }

  init(
    schema: Schema?, plan: Plan, number: Int64, prefix: [UInt8], headers: [(name: String, value: [UInt8])], inner: RegisteredSchema?
  ) {
    self.schema = schema
    self.plan = plan
    self.number = number
    self.prefix = Prefix(prefix)
    self.headers = headers
    self.inner = inner
  }
}
