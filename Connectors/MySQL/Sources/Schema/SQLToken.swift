/// A piece of a statement. `start..<end` is where it stands in the text, quotes included.
struct SQLToken: Equatable {
  enum Kind: Equatable {
    /// A name or keyword without quotes.
    case word
    /// A name in backticks, or in double quotes under ANSI_QUOTES; the text is what they hold.
    case name
    /// A text in quotes; adjacent ones are one. `raw` differs from `text` where there are escapes.
    case string
    case number
    /// `b'01'`, `0b01`: the digits.
    case bits
    /// `x'4f'`, `0x4f`: the digits.
    case hex
    /// `@x`, `@@x`.
    case variable
    /// Any other character; two for `:=`, `||` and the like are two tokens.
    case symbol
    case end
  }

  var kind: Kind
  /// Without quotes and escapes.
  var text: String
  /// Of a string: what stands between its quotes, made such that single quotes around it give the same text in the default modes.
  var raw: String
  var start: Int
  var end: Int
  /// A word in capitals, for comparison with keywords; empty for all else.
  var keyword: String
}
