internal import MillraceCore

/// One value of a document in extended JSON, with its name where it has one. The values of a document stand one behind the other,
/// each before those inside of it.
struct DocumentNode: BitwiseCopyable {
  /// What MongoDB's types come to in Kafka Connect's terms.
  enum Kind: UInt8, BitwiseCopyable {
    /// A null is text, as far as schemas go.
    case null = 1
    /// Strings, code, object ids and decimals.
    case text
    case double, bytes, int32, int64, boolean
    /// Dates and timestamps, in ms since 1970.
    case time
    /// Two texts follow: pattern and options.
    case regex
    case document, array
    /// What is left out of every record.
    case undefined
    /// What has no form in Kafka Connect: keys at the ends of all, symbols, pointers, code with a scope.
    case unsupported
  }

  var kind: Kind
  /// Whether a text has escapes, and so is not its own value.
  var isEscaped = false
  /// A number, a boolean, or where a text stands in the arena; of a document its JSON.
  var bits: UInt64 = 0
  /// Bytes of that text.
  var length: UInt32 = 0
  /// Where the name stands in the arena, as JSON writes it.
  var name: UInt32 = 0
  var nameLength: UInt32 = 0
  /// Values inside, nested ones not counted.
  var count: UInt32 = 0
  /// The index behind the last value inside.
  var end: UInt32 = 0

  init(_ kind: Kind, bits: UInt64 = 0) {
    self.kind = kind
    self.bits = bits
  }

  /// As an offset in the arena.
  var offset: Int { Int(truncatingIfNeeded: bits) }
}
