/// Reads through a value's text; beyond its end stand zeros, which no form accepts.
///
/// The unsafe buffer is read only by `[_]` and `slice`, both bounds-checked, so that no text can lead outside of it.
struct TextCursor {
  let text: UnsafeRawBufferPointer
  var at = 0

  @inline(__always) init(_ text: UnsafeRawBufferPointer) { self.text = text }

  @inline(__always) subscript(index: Int) -> UInt8 {
    index >= 0 && index < text.count ? text[index] : 0
  }

  @inline(__always) var isAtEnd: Bool { at >= text.count }
  @inline(__always) var current: UInt8 { self[at] }

  /// Steps over `byte` if it is next.
  @inline(__always) mutating func skip(_ byte: UInt8) -> Bool {
    guard current == byte, !isAtEnd else { return false }
    at &+= 1
    return true
  }

  /// Steps over `word` if it is next.
  @inline(__always) mutating func skip(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard at &+ count <= text.count else { return false }
    for index in 0..<count where text[at &+ index] != word.utf8Start[index] { return false }
    at &+= count
    return true
  }

  /// The bytes from `start` to `end`, cut to what is there.
  @inline(__always) func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
    let upper = min(max(end, 0), text.count)
    let lower = min(max(start, 0), upper)
    return UnsafeRawBufferPointer(rebasing: text[lower..<upper])
  }

  /// Two digits, or -1.
  @inline(__always) mutating func twoDigits() -> Int {
    let a = Int(self[at]) &- 48
    let b = Int(self[at &+ 1]) &- 48
    guard a >= 0, a <= 9, b >= 0, b <= 9 else { return -1 }
    at &+= 2
    return a &* 10 &+ b
  }

  /// One digit or more, at most `maximum`; -1 where there is none or more. Never overflows for up to 18 digits.
  @inline(__always) mutating func digits(atMost maximum: Int) -> Int {
    let start = at
    var value = 0
    while true {
      let digit = Int(self[at]) &- 48
      guard digit >= 0, digit <= 9 else { break }
      if at &- start >= maximum { return -1 }
      value = value &* 10 &+ digit
      at &+= 1
    }
    return at == start ? -1 : value
  }

  /// A decimal point and one to six digits as microseconds; 0 where no point is next, -1 where it is malformed.
  @inline(__always) mutating func microseconds() -> Int {
    guard skip(UInt8(ascii: ".")) else { return 0 }
    let start = at
    var value = digits(atMost: 6)
    if value < 0 { return -1 }
    for _ in 0..<(6 &- (at &- start)) { value = value &* 10 }
    return value
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these are exactly the bytes of `word`.
  @inline(__always) func equals(_ word: StaticString) -> Bool {
    var cursor = TextCursor(self)
    return count == word.utf8CodeUnitCount && cursor.skip(word)
  }
}
