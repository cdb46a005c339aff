internal import Glibc
internal import MillraceCore

/// Reads extended JSON, of version 1 or 2, into nodes that point into the text: what MongoDB's Java driver reads with
/// `BsonDocument.parse` out of what it has written itself (org.bson.json.JsonReader).
struct DocumentReader: ~Copyable {
  /// All values read so far.
  var nodes = Buffer<DocumentNode>(capacity: 256)

  /// The text at hand: the whole arena, and the end of the text in it.
  private var base: UnsafeRawPointer
  private var end = 0
  private var at = 0

  private static let maximumDepth = 512

  /// Why a text could not be read.
  enum Problem: Error { case malformed, tooDeep }

  init() { base = UnsafeRawPointer(nodes.elements) }

  /// Appends the value that stands in the arena from `offset` on; answers its index.
  mutating func read(_ offset: Int, _ length: Int, of arena: borrowing ByteArena) throws(Problem) -> Int {
    guard offset >= 0, length >= 0, offset + length <= arena.count, arena.count <= Int(UInt32.max) else { throw .malformed }
    base = arena.start
    at = offset
    end = offset + length
    let index = nodes.count
    skipBlanks()
    try value(depth: 0)
    skipBlanks()
    guard at == end else { throw .malformed }
    return index
  }

  @inline(__always) private var next: UInt8 { at < end ? base.load(fromByteOffset: at, as: UInt8.self) : 0 }

  @inline(__always) private mutating func skipBlanks() {
    while next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { at &+= 1 }
  }

  @inline(__always) private mutating func expect(_ byte: UInt8) throws(Problem) {
    skipBlanks()
    guard next == byte else { throw .malformed }
    at &+= 1
    skipBlanks()
  }

  private mutating func append(_ node: DocumentNode) {
    var node = node
    node.end = UInt32(nodes.count + 1)
    nodes.append(node)
  }

  private mutating func value(depth: Int) throws(Problem) {
    guard depth < DocumentReader.maximumDepth else { throw .tooDeep }
    switch next {
    case UInt8(ascii: "{"): try document(depth: depth)
    case UInt8(ascii: "["): try array(depth: depth)
    case UInt8(ascii: "\""): append(try text())
    case UInt8(ascii: "t"): try word("true", DocumentNode(.boolean, bits: 1))
    case UInt8(ascii: "f"): try word("false", DocumentNode(.boolean, bits: 0))
    case UInt8(ascii: "n"): try word("null", DocumentNode(.null))
    case UInt8(ascii: "N"): try word("NaN", DocumentNode(.double, bits: Double.nan.bitPattern))
    case UInt8(ascii: "I"): try word("Infinity", DocumentNode(.double, bits: Double.infinity.bitPattern))
    default: append(try number())
    }
  }

  private mutating func word(_ text: StaticString, _ node: DocumentNode) throws(Problem) {
    guard isNext(text) else { throw .malformed }
    at &+= text.utf8CodeUnitCount
    append(node)
  }

  private func isNext(_ text: StaticString) -> Bool {
    end - at >= text.utf8CodeUnitCount && memcmp(base + at, text.utf8Start, text.utf8CodeUnitCount) == 0
  }

  /// A string, without its quotes.
  private mutating func text() throws(Problem) -> DocumentNode {
    guard next == UInt8(ascii: "\"") else { throw .malformed }
    at &+= 1
    var node = DocumentNode(.text, bits: UInt64(at))
    while at < end {
      let byte = base.load(fromByteOffset: at, as: UInt8.self)
      if byte == UInt8(ascii: "\"") {
        node.length = UInt32(at - node.offset)
        at &+= 1
        return node
      }
      if byte == UInt8(ascii: "\\") {
        node.isEscaped = true
        at &+= 1
      }
      at &+= 1
    }
    throw .malformed
  }

  private mutating func number() throws(Problem) -> DocumentNode {
    let start = at
    if next == UInt8(ascii: "-") { at &+= 1 }
    if isNext("Infinity") {
      at &+= 8
      return DocumentNode(.double, bits: (-Double.infinity).bitPattern)
    }
    var isWhole = true
    loop: while at < end {
      switch base.load(fromByteOffset: at, as: UInt8.self) {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"): isWhole = false
      default: break loop
      }
      at &+= 1
    }
    return try number(from: start, to: at, isWhole: isWhole)
  }

  /// A whole number has the smallest type that it fits.
  private func number(from start: Int, to stop: Int, isWhole: Bool) throws(Problem) -> DocumentNode {
    if isWhole, let value = whole(from: start, to: stop) {
      return DocumentNode(Int32(exactly: value) == nil ? .int64 : .int32, bits: UInt64(bitPattern: value))
    }
    guard let value = double(from: start, to: stop) else { throw .malformed }
    return DocumentNode(.double, bits: value.bitPattern)
  }

  private func whole(from start: Int, to stop: Int) -> Int64? {
    var index = start
    let isNegative = index < stop && base.load(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "-")
    if isNegative { index &+= 1 }
    guard index < stop else { return nil }
    var value: Int64 = 0
    while index < stop {
      let digit = Int64(base.load(fromByteOffset: index, as: UInt8.self)) - 48
      guard digit >= 0, digit <= 9 else { return nil }
      let (tens, a) = value.multipliedReportingOverflow(by: 10)
      let (sum, b) = tens.subtractingReportingOverflow(digit)
      if a || b { return nil }
      value = sum
      index &+= 1
    }
    if isNegative { return value }
    return value == .min ? nil : -value
  }

  /// What follows a number in the arena ends it; there is always something behind the text that can be read.
  private func double(from start: Int, to stop: Int) -> Double? {
    if stop - start == 3, memcmp(base + start, "NaN", 3) == 0 { return .nan }
    if stop - start == 8, memcmp(base + start, "Infinity", 8) == 0 { return .infinity }
    if stop - start == 9, memcmp(base + start, "-Infinity", 9) == 0 { return -.infinity }
    guard stop > start, stop < end else { return stop > start ? copiedDouble(from: start, to: stop) : nil }
    var last: UnsafeMutablePointer<CChar>?
    let value = strtod((base + start).assumingMemoryBound(to: CChar.self), &last)
    return last.map { UnsafeRawPointer($0) == base + stop } == true ? value : nil
  }

  /// For a number at the very end of a text.
  private func copiedDouble(from start: Int, to stop: Int) -> Double? {
    Double(String(decoding: UnsafeRawBufferPointer(start: base + start, count: stop - start), as: UTF8.self))
  }

  private mutating func array(depth: Int) throws(Problem) {
    let index = nodes.count
    nodes.append(DocumentNode(.array))
    at &+= 1
    skipBlanks()
    if next == UInt8(ascii: "]") {
      at &+= 1
    } else {
      while true {
        nodes[index].count &+= 1
        try value(depth: depth + 1)
        skipBlanks()
        if next == UInt8(ascii: "]") { break }
        try expect(UInt8(ascii: ","))
      }
      at &+= 1
    }
    nodes[index].end = UInt32(nodes.count)
  }

  private mutating func document(depth: Int) throws(Problem) {
    let index = nodes.count
    nodes.append(DocumentNode(.document, bits: UInt64(at)))
    at &+= 1
    skipBlanks()
    if next == UInt8(ascii: "}") {
      at &+= 1
      nodes[index].length = UInt32(at - nodes[index].offset)
      nodes[index].end = UInt32(nodes.count)
      return
    }
    // A dollar as the first letter may begin the long form of a scalar.
    if next == UInt8(ascii: "\""), at + 1 < end, base.load(fromByteOffset: at + 1, as: UInt8.self) == UInt8(ascii: "$") {
      let begun = at
      if let scalar = try? wrapped(depth: depth) {
        nodes.truncate(to: index)
        append(scalar.node)
        if let pattern = scalar.regex {
          nodes[index].count = 2
          append(pattern.0)
          append(pattern.1)
          nodes[index].end = UInt32(nodes.count)
        }
        return
      }
      nodes.truncate(to: index + 1)
      at = begun
    }
    while true {
      guard next == UInt8(ascii: "\"") else { throw .malformed }
      let name = try text()
      try expect(UInt8(ascii: ":"))
      let place = nodes.count
      try value(depth: depth + 1)
      nodes[place].name = UInt32(name.offset)
      nodes[place].nameLength = name.length
      nodes[index].count &+= 1
      skipBlanks()
      if next == UInt8(ascii: "}") { break }
      try expect(UInt8(ascii: ","))
    }
    at &+= 1
    nodes[index].length = UInt32(at - nodes[index].offset)
    nodes[index].end = UInt32(nodes.count)
  }

  private struct Wrapped {
    var node: DocumentNode
    var regex: (DocumentNode, DocumentNode)?
  }

  /// The long form of a scalar, from behind its opening brace to behind its closing one. Throws where it is none: then it is a
  /// document with dollars in its names.
  private mutating func wrapped(depth: Int) throws(Problem) -> Wrapped {
    let name = try text()
    try expect(UInt8(ascii: ":"))
    func isNamed(_ text: StaticString) -> Bool {
      Int(name.length) == text.utf8CodeUnitCount && memcmp(base + name.offset, text.utf8Start, text.utf8CodeUnitCount) == 0
    }
    var result = Wrapped(node: DocumentNode(.unsupported))
    if isNamed("$oid") || isNamed("$numberDecimal") {
      result.node = try text()
    } else if isNamed("$numberLong") || isNamed("$numberInt") || isNamed("$numberDouble") {
      let digits = try text()
      let stop = digits.offset + Int(digits.length)
      if isNamed("$numberDouble") {
        guard let value = double(from: digits.offset, to: stop) else { throw .malformed }
        result.node = DocumentNode(.double, bits: value.bitPattern)
      } else {
        guard let value = whole(from: digits.offset, to: stop) else { throw .malformed }
        result.node = DocumentNode(isNamed("$numberLong") ? .int64 : .int32, bits: UInt64(bitPattern: value))
      }
    } else if isNamed("$date") {
      result.node = DocumentNode(.time, bits: UInt64(bitPattern: try date()))
    } else if isNamed("$timestamp") {
      result.node = DocumentNode(.time, bits: UInt64(bitPattern: try timestamp()))
    } else if isNamed("$binary") {
      result.node = try binary()
    } else if isNamed("$regex") || isNamed("$regularExpression") {
      let regex = try regex(isNested: isNamed("$regularExpression"))
      result.node = DocumentNode(.regex)
      result.regex = regex
    } else if isNamed("$code") {
      result.node = try text()
      skipBlanks()
      if next == UInt8(ascii: ",") {
        try expect(UInt8(ascii: ","))
        try member("$scope")
        try value(depth: depth + 1)
        result.node = DocumentNode(.unsupported)
      }
    } else if isNamed("$undefined") {
      guard isNext("true") else { throw .malformed }
      at &+= 4
      result.node = DocumentNode(.undefined)
    } else if isNamed("$minKey") || isNamed("$maxKey") {
      guard next == UInt8(ascii: "1") else { throw .malformed }
      at &+= 1
    } else if isNamed("$symbol") {
      _ = try text()
    } else if isNamed("$dbPointer") {
      try value(depth: depth + 1)
    } else {
      throw .malformed
    }
    skipBlanks()
    guard next == UInt8(ascii: "}") else { throw .malformed }
    at &+= 1
    return result
  }

  /// `"name": `, which must follow.
  private mutating func member(_ name: StaticString) throws(Problem) {
    let text = try text()
    guard Int(text.length) == name.utf8CodeUnitCount, memcmp(base + text.offset, name.utf8Start, name.utf8CodeUnitCount) == 0 else { throw .malformed }
    try expect(UInt8(ascii: ":"))
  }

  private mutating func integer() throws(Problem) -> Int64 {
    let node = try number()
    guard node.kind == .int32 || node.kind == .int64 else { throw .malformed }
    return Int64(bitPattern: node.bits)
  }

  /// Milliseconds, plain or as `{"$numberLong": "…"}`, or a time in ISO form.
  private mutating func date() throws(Problem) -> Int64 {
    if next == UInt8(ascii: "\"") {
      let text = try text()
      guard let time = ISOInstant.milliseconds(UnsafeRawBufferPointer(start: base + text.offset, count: Int(text.length))) else { throw .malformed }
      return time
    }
    guard next == UInt8(ascii: "{") else { return try integer() }
    try expect(UInt8(ascii: "{"))
    try member("$numberLong")
    let digits = try text()
    guard let value = whole(from: digits.offset, to: digits.offset + Int(digits.length)) else { throw .malformed }
    try close()
    return value
  }

  private mutating func close() throws(Problem) {
    skipBlanks()
    guard next == UInt8(ascii: "}") else { throw .malformed }
    at &+= 1
  }

  /// Whole seconds, which the driver takes for a signed number of 32 bits.
  private mutating func timestamp() throws(Problem) -> Int64 {
    try expect(UInt8(ascii: "{"))
    try member("t")
    let seconds = try integer()
    try expect(UInt8(ascii: ","))
    try member("i")
    _ = try integer()
    try close()
    return Int64(Int32(truncatingIfNeeded: seconds)) * 1000
  }

  private mutating func binary() throws(Problem) -> DocumentNode {
    var content: DocumentNode
    if next == UInt8(ascii: "{") {
      try expect(UInt8(ascii: "{"))
      try member("base64")
      content = try text()
      try expect(UInt8(ascii: ","))
      try member("subType")
      _ = try text()
      try close()
    } else {
      content = try text()
      try expect(UInt8(ascii: ","))
      try member("$type")
      _ = try text()
    }
    content.kind = .bytes
    return content
  }

  private mutating func regex(isNested: Bool) throws(Problem) -> (DocumentNode, DocumentNode) {
    if isNested {
      try expect(UInt8(ascii: "{"))
      try member("pattern")
    }
    let pattern = try text()
    try expect(UInt8(ascii: ","))
    try member(isNested ? "options" : "$options")
    let options = try text()
    if isNested { try close() }
    return (pattern, options)
  }
}
