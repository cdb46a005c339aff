internal import MillraceCore

/// How one value is written.
struct JSONNode: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    case integer, float32, float64, boolean, string, bytes, decimal, number, array, map, pairs, structure

    /// Whether every value is text in quotes; the opening quote is part of the prefix then.
    var isQuoted: Bool { self == .string || self == .bytes || self == .decimal }
  }

  /// A place in the plan's text.
  struct Text: BitwiseCopyable {
    var offset: UInt32 = 0
    var length: UInt32 = 0
  }

  var kind: Kind
  /// The slots that the fast path takes.
  var expects: Slot.Kind
  /// What the members of a struct take at most, all together, without what their texts, bytes and nested values add.
  var room: Int32 = 0
  /// Of a decimal that is written as a number.
  var scale: Int32 = 0
  var firstChild: Int32 = 0
  var childCount: Int32 = 0
  /// `,"name":` of a struct's member, with `{` instead of the comma for the first; nothing elsewhere. Then the opening quote.
  var prefix = Text()
  /// The prefix and what stands for null: `null` or the default. Empty where null is not allowed.
  var null = Text()
  /// The prefix and what stands for a value that the log did not carry. Empty where there is no such thing.
  var unavailable = Text()

  init(kind: Kind) {
    self.kind = kind
    expects =
      switch kind {
      case .integer, .decimal: .integer
      case .float32, .float64, .number: .float
      case .boolean: .boolean
      case .string: .text
      case .bytes: .bytes
      case .array: .array
      case .map, .pairs: .map
      case .structure: .structure
      }
  }
}
