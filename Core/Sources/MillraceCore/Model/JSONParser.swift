/// Reads one JSON document, strictly (RFC 8259).
struct JSONParser {
  private let bytes: [UInt8]
  private var at = 0
  /// Whether the last value of a key that stands twice counts.
  private let takesLast: Bool

  init(_ bytes: [UInt8], takesLast: Bool = false) {
    self.bytes = bytes
    self.takesLast = takesLast
  }

  /// The first document of a text; what follows it is not read.
  mutating func first() throws(JSONError) -> JSONValue {
    skipBlanks()
    return try value(depth: 0)
  }

  mutating func document() throws(JSONError) -> JSONValue {
    skipBlanks()
    let value = try value(depth: 0)
    skipBlanks()
    if at < bytes.count { throw error("something follows the end of the document") }
    return value
  }

  private func error(_ problem: String, at offset: Int? = nil) -> JSONError {
    let offset = min(offset ?? at, bytes.count)
    let before = bytes[..<offset]
    let line = before.count { $0 == 0x0a } + 1
    let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    return JSONError(offset: offset, line: line, column: offset - start + 1, problem: problem)
  }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    at += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < JSONValue.maximumDepth else { throw error("is nested too deeply") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"): return try number()
    case nil: throw error("the document ends too early")
    case let byte? where isDigit(byte): return try number()
    default: throw error("a value is expected")
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for index in 0..<text.utf8CodeUnitCount where at + index >= bytes.count || bytes[at + index] != text.utf8Start[index] {
      throw error("a value is expected")
    }
    at += text.utf8CodeUnitCount
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    at += 1
    var members: [JSONValue.Member] = []
    var known: Set<String> = []
    skipBlanks()
    if take(UInt8(ascii: "}")) { return .object([]) }
    while true {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw error(next == nil ? "the document ends too early" : "a key in quotes is expected") }
      let place = at
      let key = try string()
      let isNew = known.insert(key).inserted
      guard isNew || takesLast else { throw error("a key stands twice in one object", at: place) }
      skipBlanks()
      guard take(UInt8(ascii: ":")) else { throw error("a colon is expected") }
      skipBlanks()
      let member = JSONValue.Member(key, try value(depth: depth + 1))
      if isNew { members.append(member) } else if let index = members.firstIndex(where: { $0.key == key }) { members[index] = member }
      skipBlanks()
      if take(UInt8(ascii: "}")) { return .object(members) }
      guard take(UInt8(ascii: ",")) else { throw error(next == nil ? "the document ends too early" : "a comma or } is expected") }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    at += 1
    var elements: [JSONValue] = []
    skipBlanks()
    if take(UInt8(ascii: "]")) { return .array([]) }
    while true {
      skipBlanks()
      elements.append(try value(depth: depth + 1))
      skipBlanks()
      if take(UInt8(ascii: "]")) { return .array(elements) }
      guard take(UInt8(ascii: ",")) else { throw error(next == nil ? "the document ends too early" : "a comma or ] is expected") }
    }
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = at
    _ = take(UInt8(ascii: "-"))
    if take(UInt8(ascii: "0")) {
      if let byte = next, isDigit(byte) { throw error("a number begins with 0") }
    } else if skipDigits() == 0 {
      throw error("a digit is expected")
    }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      if skipDigits() == 0 { throw error("a digit is expected") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isWhole = false
      at += 1
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      if skipDigits() == 0 { throw error("a digit is expected") }
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isWhole, text != "-0", let value = Int64(text) { return .integer(value) }
    return .number(text)
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private mutating func skipDigits() -> Int {
    let start = at
    while let byte = next, isDigit(byte) { at += 1 }
    return at - start
  }

  private mutating func string() throws(JSONError) -> String {
    at += 1
    let start = at
    var result: [UInt8] = []
    while true {
      guard let byte = next else { throw error("the document ends inside a string") }
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        guard let text = String(validating: result, as: UTF8.self) else { throw error("a string is not UTF-8", at: start) }
        return text
      case UInt8(ascii: "\\"):
        at += 1
        try escape(into: &result)
      case 0..<0x20: throw error("a control character stands in a string")
      default:
        result.append(byte)
        at += 1
      }
    }
  }

  private mutating func escape(into result: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw error("the document ends inside a string") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0c)
    case UInt8(ascii: "n"): result.append(0x0a)
    case UInt8(ascii: "r"): result.append(0x0d)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      let place = at - 2
      var code = try hexadecimal()
      if code & 0xfc00 == 0xd800 {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw error("half a surrogate pair", at: place) }
        let low = try hexadecimal()
        guard low & 0xfc00 == 0xdc00 else { throw error("half a surrogate pair", at: place) }
        code = 0x10000 + (code & 0x3ff) << 10 + (low & 0x3ff)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair", at: place) }
      result.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: throw error("an escape that JSON does not have", at: at - 2)
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits are expected")
      }
      code = code << 4 | UInt32(digit)
      at += 1
    }
    return code
  }
}
