internal import MillraceCore

/// Prints extended JSON anew: out of any form that MongoDB's connector writes, as canonical JSON of version 2 with indentation, byte
/// for byte as the Java driver does (`JsonMode.EXTENDED`, `indent(true)`, two blanks a level).
///
/// For few records: it keeps what it has read in arrays.
struct CanonicalJSON {
  private let text: [UInt8]
  private var at = 0
  private var output: [UInt8] = []
  private static let mostDepth = 512

  private init(_ text: [UInt8]) { self.text = text }

  /// - Parameter text: one document.
  static func printed(_ text: [UInt8]) throws(DocumentFailure) -> [UInt8] {
    var printer = CanonicalJSON(text)
    try printer.value(0)
    guard printer.at == text.count else { throw .malformed }
    return printer.output
  }

  // MARK: reading

  private var next: UInt8 { at < text.count ? text[at] : 0 }

  private mutating func skipBlanks() {
    while next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { at += 1 }
  }

  private mutating func expect(_ byte: UInt8) throws(DocumentFailure) {
    skipBlanks()
    guard next == byte else { throw .malformed }
    at += 1
    skipBlanks()
  }

  /// A string with its quotes, as it stands.
  private mutating func string() throws(DocumentFailure) -> ArraySlice<UInt8> {
    let start = at
    guard next == UInt8(ascii: "\"") else { throw .malformed }
    at += 1
    while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
    guard at < text.count else { throw .malformed }
    at += 1
    return text[start..<at]
  }

  /// A number or a word.
  private mutating func token() throws(DocumentFailure) -> ArraySlice<UInt8> {
    let start = at
    while at < text.count, text[at] > 0x20, !",:]}\"[{".utf8.contains(text[at]) { at += 1 }
    guard at > start else { throw .malformed }
    return text[start..<at]
  }

  /// The members of an object behind its opening brace, each value from where it begins; up to behind its end.
  private mutating func members() throws(DocumentFailure) -> [(name: ArraySlice<UInt8>, value: Int)] {
    var found: [(name: ArraySlice<UInt8>, value: Int)] = []
    skipBlanks()
    if next == UInt8(ascii: "}") {
      at += 1
      return found
    }
    while true {
      let name = try string()
      try expect(UInt8(ascii: ":"))
      found.append((name, at))
      try skip()
      skipBlanks()
      if next == UInt8(ascii: "}") { break }
      try expect(UInt8(ascii: ","))
    }
    at += 1
    return found
  }

  /// Goes behind a value, whatever stands in it.
  private mutating func skip() throws(DocumentFailure) {
    var open = 0
    repeat {
      skipBlanks()
      switch next {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        open -= 1
        at += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard open > 0 else { throw .malformed }
        at += 1
      case UInt8(ascii: "\""): _ = try string()
      default: _ = try token()
      }
    } while open > 0
    guard open == 0 else { throw .malformed }
  }

  // MARK: printing

  private mutating func line(_ depth: Int) {
    output.append(0x0A)
    output.append(contentsOf: repeatElement(0x20, count: 2 * depth))
  }

  private mutating func print(_ text: StaticString) {
    text.withUTF8Buffer { output.append(contentsOf: $0) }
  }

  private mutating func value(_ depth: Int) throws(DocumentFailure) {
    guard depth < CanonicalJSON.mostDepth else { throw .malformed }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"):
      at += 1
      try object(depth)
    case UInt8(ascii: "["):
      at += 1
      try array(depth)
    case UInt8(ascii: "\""): output += try string()
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): output += try token()
    default: number(try token(), depth)
    }
  }

  private mutating func array(_ depth: Int) throws(DocumentFailure) {
    output.append(UInt8(ascii: "["))
    skipBlanks()
    if next == UInt8(ascii: "]") {
      at += 1
      output.append(UInt8(ascii: "]"))
      return
    }
    while true {
      line(depth + 1)
      try value(depth + 1)
      skipBlanks()
      if next == UInt8(ascii: "]") { break }
      try expect(UInt8(ascii: ","))
      output.append(UInt8(ascii: ","))
    }
    at += 1
    line(depth)
    output.append(UInt8(ascii: "]"))
  }

  /// A number without a wrapping has the smallest type that it fits.
  private mutating func number(_ digits: ArraySlice<UInt8>, _ depth: Int) {
    let isWhole = digits.allSatisfy { $0 == UInt8(ascii: "-") || $0 >= 0x30 && $0 <= 0x39 }
    let isLong = isWhole && Int32(String(decoding: digits, as: UTF8.self)) == nil
    wrap(isLong ? "$numberLong" : isWhole ? "$numberInt" : "$numberDouble", digits, depth)
  }

  private mutating func wrap(_ name: StaticString, _ text: ArraySlice<UInt8>, _ depth: Int) {
    output.append(UInt8(ascii: "{"))
    begin(name, isFirst: true, depth)
    output.append(UInt8(ascii: "\""))
    output += text
    output.append(UInt8(ascii: "\""))
    end(depth)
  }

  private mutating func begin(_ name: StaticString, isFirst: Bool, _ depth: Int) {
    if !isFirst { output.append(UInt8(ascii: ",")) }
    line(depth + 1)
    output.append(UInt8(ascii: "\""))
    print(name)
    print("\": ")
  }

  private mutating func end(_ depth: Int) {
    line(depth)
    output.append(UInt8(ascii: "}"))
  }

  private mutating func object(_ depth: Int) throws(DocumentFailure) {
    let members = try members(), behind = at
    output.append(UInt8(ascii: "{"))
    if members.isEmpty {
      output.append(UInt8(ascii: "}"))
      return
    }
    if try !printSpecial(members, depth) {
      for (index, member) in members.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        line(depth + 1)
        output += member.name
        print(": ")
        at = member.value
        try value(depth + 1)
      }
    }
    end(depth)
    at = behind
  }

  /// The forms of version 1, and those with bare numbers.
  private mutating func printSpecial(_ members: [(name: ArraySlice<UInt8>, value: Int)], _ depth: Int) throws(DocumentFailure) -> Bool {
    func isNamed(_ index: Int, _ name: StaticString) -> Bool {
      index < members.count && members[index].name.dropFirst().dropLast().elementsEqual(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
    at = members[0].value
    switch members.count {
    case 1 where isNamed(0, "$date"):
      if next == UInt8(ascii: "{") { return false }
      var digits = Array(next == UInt8(ascii: "\"") ? try string().dropFirst().dropLast() : try token())
      if let time = digits.withUnsafeBytes({ ISOInstant.milliseconds($0) }) { digits = Array("\(time)".utf8) }
      begin("$date", isFirst: true, depth)
      wrap("$numberLong", digits[...], depth + 1)
    case 1 where isNamed(0, "$minKey") || isNamed(0, "$maxKey"):
      begin(isNamed(0, "$minKey") ? "$minKey" : "$maxKey", isFirst: true, depth)
      output += try token()
    case 1 where isNamed(0, "$timestamp"):
      guard next == UInt8(ascii: "{") else { return false }
      at += 1
      begin("$timestamp", isFirst: true, depth)
      output.append(UInt8(ascii: "{"))
      for (index, part) in try self.members().enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        line(depth + 2)
        output += part.name
        print(": ")
        at = part.value
        output += try token()
      }
      end(depth + 1)
    case 2 where isNamed(0, "$binary") && isNamed(1, "$type"):
      try pair("$binary", ("base64", members[0].value), ("subType", members[1].value), depth)
    case 2 where isNamed(0, "$regex") && isNamed(1, "$options"):
      try pair("$regularExpression", ("pattern", members[0].value), ("options", members[1].value), depth)
    default: return false
    }
    return true
  }

  /// Two texts in an object of their own.
  private mutating func pair(_ name: StaticString, _ a: (name: StaticString, value: Int), _ b: (name: StaticString, value: Int), _ depth: Int) throws(DocumentFailure) {
    begin(name, isFirst: true, depth)
    output.append(UInt8(ascii: "{"))
    at = a.value
    begin(a.name, isFirst: true, depth + 1)
    output += try string()
    at = b.value
    begin(b.name, isFirst: false, depth + 1)
    output += try string()
    end(depth + 1)
  }
}
