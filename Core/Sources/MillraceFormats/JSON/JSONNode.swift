/// How one value is written.
struct JSONNode: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    case integer, float32, float64, boolean, string, bytes, decimal, number, array, map, pairs, structure
  }

  /// A place in the plan's text.
  struct Text: BitwiseCopyable {
    var offset: UInt32 = 0
    var length: UInt32 = 0
  }

  var kind: Kind
  /// Of a decimal that is written as a number.
  var scale: Int32 = 0
  var firstChild: Int32 = 0
  var childCount: Int32 = 0
  /// `,"name":` of a struct's member, with `{` instead of the comma for the first; nothing elsewhere.
  var prefix = Text()
  /// The prefix and what stands for null: `null` or the default. Empty where null is not allowed.
  var null = Text()
  /// The prefix and what stands for a value that the log did not carry. Empty where there is no such thing.
  var unavailable = Text()
}
