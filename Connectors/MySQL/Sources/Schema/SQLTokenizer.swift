/// Splits a statement into tokens. It refuses nothing: what is left open ends with the text, and a byte that means nothing is a symbol.
///
/// Comments are dropped; those that the server runs (`/*!80003 … */`, MariaDB's `/*M! … */`) are part of the text where the version
/// says so. Follows the lexical rules of both servers' manuals ("Comments", "String Literals", "Schema Object Names").
struct SQLTokenizer {
  private let bytes: [UInt8]
  private let dialect: SQLDialect
  private let mode: SQLMode
  private var at = 0
  /// How many comments that are run are open.
  private var open = 0
  private(set) var tokens: [SQLToken] = []

  /// A statement longer than this is not looked at: no server writes one of more than `max_allowed_packet`.
  static let maximumTokens = 4_000_000

  static func tokens(_ bytes: [UInt8], _ dialect: SQLDialect, _ mode: SQLMode) -> [SQLToken] {
    var tokenizer = SQLTokenizer(bytes: bytes, dialect: dialect, mode: mode)
    tokenizer.run()
    return tokenizer.tokens
  }

  private init(bytes: [UInt8], dialect: SQLDialect, mode: SQLMode) {
    self.bytes = bytes
    self.dialect = dialect
    self.mode = mode
  }

  private func peek(_ offset: Int = 0) -> UInt8 { at + offset < bytes.count ? bytes[at + offset] : 0 }

  private mutating func run() {
    while tokens.count < Self.maximumTokens {
      skipBlanks()
      guard at < bytes.count else { break }
      next()
    }
    add(.end, "", from: bytes.count)
  }

  private mutating func add(_ kind: SQLToken.Kind, _ text: String, raw: String = "", from start: Int) {
    let keyword = kind == .word ? text.uppercased() : ""
    tokens.append(SQLToken(kind: kind, text: text, raw: raw, start: start, end: at, keyword: keyword))
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  // MARK: Blanks and comments

  private mutating func skipBlanks() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09...0x0D: at += 1
      case UInt8(ascii: "#"): skipLine()
      case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-") && (at + 2 == bytes.count || peek(2) <= 0x20): skipLine()
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): skipComment()
      case UInt8(ascii: "*") where open > 0 && peek(1) == UInt8(ascii: "/"):
        open -= 1
        at += 2
      default: return
      }
    }
  }

  private mutating func skipLine() {
    while at < bytes.count, bytes[at] != 0x0A { at += 1 }
  }

  /// At `/*`. One that is run is entered: only its opening is skipped.
  private mutating func skipComment() {
    var inner = at + 2
    let isMariaDBs = peek(2) == UInt8(ascii: "M") && peek(3) == UInt8(ascii: "!")
    if isMariaDBs || peek(2) == UInt8(ascii: "!") {
      inner += isMariaDBs ? 2 : 1
      var version = 0
      var digits = 0
      while digits < 6, inner < bytes.count, bytes[inner] >= 0x30, bytes[inner] <= 0x39 {
        version = version * 10 + Int(bytes[inner] - 0x30)
        inner += 1
        digits += 1
      }
      // Five digits, or six; fewer are no version but part of the text.
      if digits > 0, digits < 5 {
        inner -= digits
        version = 0
      }
      if isRun(version, isMariaDBs: isMariaDBs) {
        open += 1
        at = inner
        return
      }
    }
    // A comment that is not run may hold others that close within it; only the old servers' rule (the first end counts) is safe for
    // plain ones.
    var depth = 1
    let nests = peek(2) == UInt8(ascii: "!") || isMariaDBs
    at += 2
    while at < bytes.count {
      if bytes[at] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        at += 2
        depth -= 1
        if depth == 0 { return }
      } else if nests, bytes[at] == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        at += 2
        depth += 1
      } else {
        at += 1
      }
    }
  }

  private func isRun(_ version: Int, isMariaDBs: Bool) -> Bool {
    if version == 0 { return !isMariaDBs || dialect.isMariaDB }
    if isMariaDBs { return dialect.isMariaDB && version <= dialect.version }
    // MariaDB takes no statements that are meant for MySQL 5.7 and later.
    if dialect.isMariaDB, version >= 50700, version <= 99999 { return false }
    return version <= dialect.version
  }

  // MARK: Tokens

  private mutating func next() {
    let start = at
    let byte = bytes[at]
    switch byte {
    case UInt8(ascii: "'"): string(from: start)
    case UInt8(ascii: "\""):
      if mode.contains(.ansiQuotes) { name(quote: byte) } else { string(from: start) }
    case UInt8(ascii: "`"): name(quote: byte)
    case UInt8(ascii: "@"): variable()
    case UInt8(ascii: "0")...UInt8(ascii: "9"): number()
    case UInt8(ascii: ".") where isDigit(peek(1)) && !isBehindName: number()
    case _ where Self.isWordByte(byte): word()
    default:
      at += 1
      add(.symbol, String(UnicodeScalar(byte)), from: start)
    }
  }

  /// Whether a dot here parts a qualified name: `db.1st`.
  private var isBehindName: Bool {
    guard let last = tokens.last, last.end == at else { return false }
    return last.kind == .word || last.kind == .name
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF: true
    default: false
    }
  }

  private mutating func word() {
    let start = at
    let first = bytes[at] | 0x20
    if peek(1) == UInt8(ascii: "'"), first == UInt8(ascii: "x") || first == UInt8(ascii: "b") {
      at += 1
      return digits(first == UInt8(ascii: "x") ? .hex : .bits, from: start)
    }
    if peek(1) == UInt8(ascii: "'"), first == UInt8(ascii: "n") {   // a national text
      at += 1
      return string(from: start)
    }
    while at < bytes.count, Self.isWordByte(bytes[at]) { at += 1 }
    add(.word, text(start..<at), from: start)
  }

  /// The digits of `x'…'` or `b'…'`, at the quote.
  private mutating func digits(_ kind: SQLToken.Kind, from start: Int) {
    at += 1
    let first = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "'") { at += 1 }
    let inner = text(first..<at)
    if at < bytes.count { at += 1 }
    add(kind, inner, raw: inner, from: start)
  }

  private mutating func number() {
    let start = at
    if bytes[at] == 0x30, peek(1) == UInt8(ascii: "x") || peek(1) == UInt8(ascii: "b") {
      let isHex = peek(1) == UInt8(ascii: "x")
      var end = at + 2
      while end < bytes.count, Self.isWordByte(bytes[end]) { end += 1 }
      let inner = bytes[(at + 2)..<end]
      let fits = inner.allSatisfy { isHex ? isDigit($0) || ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x66 : $0 == 0x30 || $0 == 0x31 }
      if !inner.isEmpty, fits {
        let digits = text((at + 2)..<end)
        at = end
        return add(isHex ? .hex : .bits, digits, raw: digits, from: start)
      }
    }
    while at < bytes.count, isDigit(bytes[at]) { at += 1 }
    // A name may begin with digits: 2nd, 1e, but not behind a dot of a number.
    if at < bytes.count, Self.isWordByte(bytes[at]), !isExponent {
      while at < bytes.count, Self.isWordByte(bytes[at]) { at += 1 }
      return add(.word, text(start..<at), from: start)
    }
    if at < bytes.count, bytes[at] == UInt8(ascii: "."), !isBehindDot(start) {
      at += 1
      while at < bytes.count, isDigit(bytes[at]) { at += 1 }
    }
    if isExponent {
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
      while at < bytes.count, isDigit(bytes[at]) { at += 1 }
    }
    add(.number, text(start..<at), from: start)
  }

  private func isBehindDot(_ start: Int) -> Bool { start > 0 && bytes[start - 1] == UInt8(ascii: ".") && bytes[start] != UInt8(ascii: ".") }

  private var isExponent: Bool {
    guard peek() | 0x20 == UInt8(ascii: "e") else { return false }
    return isDigit(peek(1)) || (peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")) && isDigit(peek(2))
  }

  private mutating func name(quote: UInt8) {
    let start = at
    at += 1
    var inner: [UInt8] = []
    while at < bytes.count {
      if bytes[at] == quote {
        guard peek(1) == quote else { break }
        at += 1
      }
      inner.append(bytes[at])
      at += 1
    }
    if at < bytes.count { at += 1 }
    add(.name, String(decoding: inner, as: UTF8.self), from: start)
  }

  private mutating func variable() {
    let start = at
    while at < bytes.count, bytes[at] == UInt8(ascii: "@") { at += 1 }
    if at < bytes.count, bytes[at] == UInt8(ascii: "`") || bytes[at] == UInt8(ascii: "'") || bytes[at] == UInt8(ascii: "\"") {
      let quote = bytes[at]
      at += 1
      while at < bytes.count, bytes[at] != quote { at += 1 }
      if at < bytes.count { at += 1 }
    } else {
      while at < bytes.count, Self.isWordByte(bytes[at]) || bytes[at] == UInt8(ascii: ".") { at += 1 }
    }
    add(.variable, text(start..<at), from: start)
  }

  /// At a quote. Texts that follow one another are one.
  private mutating func string(from start: Int) {
    var value: [UInt8] = []
    var raw: [UInt8] = []
    while true {
      let quote = bytes[at]
      at += 1
      while at < bytes.count {
        let byte = bytes[at]
        if byte == quote {
          guard peek(1) == quote else { break }
          raw.append(byte)
          if byte == UInt8(ascii: "'") { raw.append(byte) }
          value.append(byte)
          at += 2
        } else if byte == UInt8(ascii: "\\"), !mode.contains(.noBackslashEscapes), at + 1 < bytes.count {
          raw.append(byte)
          raw.append(bytes[at + 1])
          Self.unescape(bytes[at + 1], into: &value)
          at += 2
        } else {
          raw.append(byte)
          if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") { raw.append(byte) }
          value.append(byte)
          at += 1
        }
      }
      if at < bytes.count { at += 1 }
      let end = at
      skipBlanks()
      let isQuote = at < bytes.count && (bytes[at] == UInt8(ascii: "'") || bytes[at] == UInt8(ascii: "\"") && !mode.contains(.ansiQuotes))
      guard isQuote else {
        at = max(end, at)
        add(.string, String(decoding: value, as: UTF8.self), raw: String(decoding: raw, as: UTF8.self), from: start)
        tokens[tokens.count - 1].end = end
        return
      }
    }
  }

  private static func unescape(_ byte: UInt8, into value: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "0"): value.append(0)
    case UInt8(ascii: "b"): value.append(8)
    case UInt8(ascii: "n"): value.append(10)
    case UInt8(ascii: "r"): value.append(13)
    case UInt8(ascii: "t"): value.append(9)
    case UInt8(ascii: "Z"): value.append(26)
    case UInt8(ascii: "%"), UInt8(ascii: "_"):   // only LIKE sees these; as a text they keep the backslash
      value.append(UInt8(ascii: "\\"))
      value.append(byte)
    default: value.append(byte)
    }
  }
}
