/// A JSON value that keeps the order of its members and its numbers as text: enough to check what the converter writes.
indirect enum JSONText: Equatable {
  case null
  case boolean(Bool)
  case number(String)
  case string(String)
  case array([JSONText])
  case object([Member])

  struct Member: Equatable {
    let name: String
    let value: JSONText
  }

  struct Malformed: Error { let offset: Int }

  /// Reads one value and nothing behind it.
  init(_ text: String) throws { try self.init(Array(text.utf8)) }

  init(_ bytes: [UInt8]) throws {
    var parser = Parser(bytes: bytes)
    self = try parser.value()
    if parser.at != bytes.count { throw Malformed(offset: parser.at) }
  }

  subscript(name: String) -> JSONText? {
    if case .object(let members) = self { members.first { $0.name == name }?.value } else { nil }
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var number: String? { if case .number(let text) = self { text } else { nil } }
  var isTrue: Bool { self == .boolean(true) }
  var items: [JSONText] { if case .array(let items) = self { items } else { [] } }

  private struct Parser {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    func peek() throws -> UInt8 {
      guard at < bytes.count else { throw Malformed(offset: at) }
      return bytes[at]
    }

    mutating func take(_ text: String) throws {
      for byte in text.utf8 {
        guard try peek() == byte else { throw Malformed(offset: at) }
        at += 1
      }
    }

    mutating func value() throws -> JSONText {
      switch try peek() {
      case UInt8(ascii: "n"):
        try take("null")
        return .null
      case UInt8(ascii: "t"):
        try take("true")
        return .boolean(true)
      case UInt8(ascii: "f"):
        try take("false")
        return .boolean(false)
      case UInt8(ascii: "\""): return .string(try string())
      case UInt8(ascii: "["):
        at += 1
        var items: [JSONText] = []
        while try peek() != UInt8(ascii: "]") {
          if !items.isEmpty { try take(",") }
          items.append(try value())
        }
        at += 1
        return .array(items)
      case UInt8(ascii: "{"):
        at += 1
        var members: [Member] = []
        while try peek() != UInt8(ascii: "}") {
          if !members.isEmpty { try take(",") }
          let name = try string()
          try take(":")
          members.append(Member(name: name, value: try value()))
        }
        at += 1
        return .object(members)
      default:
        let start = at
        while at < bytes.count, "+-.eE0123456789".utf8.contains(bytes[at]) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard Double(text) != nil else { throw Malformed(offset: start) }
        return .number(text)
      }
    }

    mutating func string() throws -> String {
      try take("\"")
      var units: [UInt16] = []
      var run: [UInt8] = []
      func flush() throws {
        guard let text = String(validating: run, as: UTF8.self) else { throw Malformed(offset: at) }
        units += text.utf16
        run = []
      }
      while try peek() != UInt8(ascii: "\"") {
        let byte = bytes[at]
        at += 1
        guard byte >= 0x20 else { throw Malformed(offset: at) }
        guard byte == UInt8(ascii: "\\") else {
          run.append(byte)
          continue
        }
        try flush()
        let escape = try peek()
        at += 1
        switch escape {
        case UInt8(ascii: "b"): units.append(8)
        case UInt8(ascii: "t"): units.append(9)
        case UInt8(ascii: "n"): units.append(10)
        case UInt8(ascii: "f"): units.append(12)
        case UInt8(ascii: "r"): units.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(UInt16(escape))
        case UInt8(ascii: "u"):
          guard at + 4 <= bytes.count, let unit = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16) else {
            throw Malformed(offset: at)
          }
          units.append(unit)
          at += 4
        default: throw Malformed(offset: at)
        }
      }
      at += 1
      try flush()
      guard let text = String(validating: units, as: UTF16.self) else { throw Malformed(offset: at) }
      return text
    }
  }
}
