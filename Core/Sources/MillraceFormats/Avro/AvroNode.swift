internal import MillraceCore

/// How one value is written.
struct AvroNode: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// `raw` is what stands alone as a message, without its length.
    case integer, float32, float64, boolean, string, bytes, raw, decimal, symbol, array, map, structure
  }

  /// A place in the plan's bytes.
  struct Text: BitwiseCopyable {
    var offset: UInt32 = 0
    var length: UInt32 = 0
  }

  var kind: Kind
  /// The slots that the fast path takes.
  var expects: Slot.Kind
  /// The branch of the union, encoded; meaningless without `hasBranch`.
  var branch: UInt8 = 0
  var hasBranch = false
  /// What the members of a struct take at most, all together, without what their texts, bytes and nested values add.
  var room: Int32 = 0
  /// Of members, elements, or the symbols of an enum.
  var firstChild: Int32 = 0
  var childCount: Int32 = 0
  /// What is written for null: its branch, or the default. Empty where null is not allowed.
  var null = Text()
  /// What is written for a value that the log did not carry. Empty where there is no such thing.
  var unavailable = Text()

  init(kind: Kind) {
    self.kind = kind
    expects =
      switch kind {
      case .integer, .decimal: .integer
      case .float32, .float64: .float
      case .boolean: .boolean
      case .string, .symbol: .text
      case .bytes, .raw: .bytes
      case .array: .array
      case .map: .map
      case .structure: .structure
      }
  }
}
