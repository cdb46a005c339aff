internal import MillraceCore

/// Prints documents as MongoDB Extended JSON, exactly as the Java driver's JsonWriter does, into the batch itself.
///
/// Sources: the specification "Extended JSON"; org.bson.json.JsonWriter and its converters, driver 5.9.
struct ExtendedJSON: Sendable, Equatable {
  enum Mode: Sendable {
    /// Version 1, "strict".
    case strict
    /// Version 2, canonical.
    case canonical
    /// Version 2, relaxed.
    case relaxed
  }

  let mode: Mode
  /// `,` alone stands between elements, as the driver writes with its indentation set to nothing; else `, `.
  let isCompact: Bool

  /// The deepest nesting that is printed; the server itself allows less.
  static let maximumDepth = 256

  /// `before`, `after`, `lsid`: as Debezium writes them.
  static let document = ExtendedJSON(mode: .strict, isCompact: true)
  /// The value of `_id` in a key.
  static let identity = ExtendedJSON(mode: .relaxed, isCompact: true)
  /// `updatedFields`.
  static let changes = ExtendedJSON(mode: .relaxed, isCompact: false)

  /// Appends a whole document. Where it throws, what was appended so far is for the caller to cut off.
  func append(_ document: UnsafeRawBufferPointer, to arena: inout ByteArena) throws(MillraceError) {
    try append(document, isArray: false, depth: 1, &arena)
  }

  /// Appends one value.
  func append(value element: BSONElement, to arena: inout ByteArena) throws(MillraceError) {
    try append(value: element, depth: 0, &arena)
  }

  private func append(_ document: UnsafeRawBufferPointer, isArray: Bool, depth: Int, _ arena: inout ByteArena) throws(MillraceError) {
    if depth > ExtendedJSON.maximumDepth { throw BSONReader.malformed("is nested too deeply") }
    var reader = try BSONReader(document)
    arena.append(isArray ? UInt8(ascii: "[") : UInt8(ascii: "{"))
    var isFirst = true
    while let element = try reader.next() {
      if !isFirst {
        arena.append(UInt8(ascii: ","))
        if !isCompact { arena.append(UInt8(ascii: " ")) }
      }
      isFirst = false
      if !isArray {
        arena.append(bsonText: element.name)
        arena.reserve(2)
        arena.appendUnchecked(UInt8(ascii: ":"))
        arena.appendUnchecked(UInt8(ascii: " "))
      }
      try append(value: element, depth: depth, &arena)
    }
    arena.append(isArray ? UInt8(ascii: "]") : UInt8(ascii: "}"))
  }

  private func append(value element: BSONElement, depth: Int, _ arena: inout ByteArena) throws(MillraceError) {
    let value = element.value
    switch element.type {
    case .string: arena.append(bsonText: ExtendedJSON.text(value))
    case .int32:
      let number = Int64(value.loadUnaligned(as: Int32.self))
      if mode == .canonical { wrap("$numberInt", number, &arena) } else { arena.append(decimal: number) }
    case .int64:
      let number = value.loadUnaligned(as: Int64.self)
      if mode == .relaxed { arena.append(decimal: number) } else { wrap("$numberLong", number, &arena) }
    case .double: append(value.loadUnaligned(as: Double.self), &arena)
    case .document: try append(value, isArray: false, depth: depth &+ 1, &arena)
    case .array: try append(value, isArray: true, depth: depth &+ 1, &arena)
    case .boolean: arena.append(value[0] == 0 ? "false" as StaticString : "true")
    case .null: arena.append("null" as StaticString)
    case .objectID: append(objectID: value, &arena)
    case .date: append(date: value.loadUnaligned(as: Int64.self), &arena)
    case .binary: try append(binary: value, &arena)
    case .decimal:
      arena.append("{\"$numberDecimal\": \"" as StaticString)
      DecimalNumber(value).append(to: &arena)
      arena.append("\"}" as StaticString)
    case .timestamp:
      arena.append("{\"$timestamp\": {\"t\": " as StaticString)
      arena.append(decimal: UInt64(value.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
      separate(&arena)
      arena.append("\"i\": " as StaticString)
      arena.append(decimal: UInt64(value.loadUnaligned(as: UInt32.self)))
      arena.append("}}" as StaticString)
    case .regex: append(regex: value, &arena)
    case .code: wrap("$code", ExtendedJSON.text(value), &arena)
    case .symbol: wrap("$symbol", ExtendedJSON.text(value), &arena)
    case .codeWithScope: try append(codeWithScope: value, depth: depth, &arena)
    case .pointer: append(pointer: value, &arena)
    case .undefined: arena.append("{\"$undefined\": true}" as StaticString)
    case .minKey: arena.append("{\"$minKey\": 1}" as StaticString)
    case .maxKey: arena.append("{\"$maxKey\": 1}" as StaticString)
    }
  }

  private static func text(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: value[4..<(value.count &- 1)])
  }

  @inline(__always) private func separate(_ arena: inout ByteArena) {
    arena.append(UInt8(ascii: ","))
    if !isCompact { arena.append(UInt8(ascii: " ")) }
  }

  private func open(_ name: StaticString, _ arena: inout ByteArena) {
    arena.append("{\"" as StaticString)
    arena.append(name)
    arena.append("\": " as StaticString)
  }

  private func wrap(_ name: StaticString, _ number: Int64, _ arena: inout ByteArena) {
    open(name, &arena)
    arena.append(UInt8(ascii: "\""))
    arena.append(decimal: number)
    arena.append("\"}" as StaticString)
  }

  private func wrap(_ name: StaticString, _ text: UnsafeRawBufferPointer, _ arena: inout ByteArena) {
    open(name, &arena)
    arena.append(bsonText: text)
    arena.append(UInt8(ascii: "}"))
  }

  // MARK: numbers and dates

  private func append(_ number: Double, _ arena: inout ByteArena) {
    let isWrapped = mode == .canonical || (mode == .relaxed && !number.isFinite)
    if isWrapped { arena.append("{\"$numberDouble\": \"" as StaticString) }
    if number.isNaN {
      arena.append("NaN" as StaticString)
    } else if number.isInfinite {
      arena.append(number < 0 ? "-Infinity" as StaticString : "Infinity")
    } else {
      append(finite: number, &arena)
    }
    if isWrapped { arena.append("\"}" as StaticString) }
  }

  /// Java's text, with a sign before a positive exponent.
  private func append(finite number: Double, _ arena: inout ByteArena) {
    let start = arena.count
    var cursor = arena.cursor(reserving: 48)
    cursor.java(number)
    arena.finish(cursor)
    var index = start
    while index < arena.count {
      let byte = arena.byte(at: index)
      if byte == UInt8(ascii: "E") {
        if arena.byte(at: index &+ 1) != UInt8(ascii: "-") { arena.insert(UInt8(ascii: "+"), at: index &+ 1) }
        return
      }
      index &+= 1
    }
  }

  private func append(date milliseconds: Int64, _ arena: inout ByteArena) {
    if mode == .strict {
      open("$date", &arena)
      arena.append(decimal: milliseconds)
      return arena.append(UInt8(ascii: "}"))
    }
    // Until the last millisecond of the year 9999.
    guard mode == .relaxed, milliseconds >= 0, milliseconds <= 253_402_300_799_999 else {
      open("$date", &arena)
      wrap("$numberLong", milliseconds, &arena)
      return arena.append(UInt8(ascii: "}"))
    }
    arena.append("{\"$date\": \"" as StaticString)
    let time = CivilTime(milliseconds: milliseconds)
    arena.append(digits: Int(time.year), count: 4)
    arena.append(UInt8(ascii: "-"))
    arena.append(digits: time.month, count: 2)
    arena.append(UInt8(ascii: "-"))
    arena.append(digits: time.day, count: 2)
    arena.append(UInt8(ascii: "T"))
    arena.append(digits: time.hour, count: 2)
    arena.append(UInt8(ascii: ":"))
    arena.append(digits: time.minute, count: 2)
    arena.append(UInt8(ascii: ":"))
    arena.append(digits: time.second, count: 2)
    if time.millisecond != 0 {
      arena.append(UInt8(ascii: "."))
      var fraction = time.millisecond, count = 3
      while fraction % 10 == 0 {
        fraction /= 10
        count -= 1
      }
      arena.append(digits: fraction, count: count)
    }
    arena.append("Z\"}" as StaticString)
  }

  // MARK: the rest

  private func append(objectID value: UnsafeRawBufferPointer, _ arena: inout ByteArena) {
    arena.append("{\"$oid\": \"" as StaticString)
    arena.append(hex: value)
    arena.append("\"}" as StaticString)
  }

  private func append(binary value: UnsafeRawBufferPointer, _ arena: inout ByteArena) throws(MillraceError) {
    let subtype = value[4]
    var content = UnsafeRawBufferPointer(rebasing: value[5...])
    if subtype == 2 {
      // The old form has its length twice.
      guard content.count >= 4, Int(content.loadUnaligned(as: Int32.self)) == content.count &- 4 else {
        throw BSONReader.malformed("has binary data of another length than it says")
      }
      content = UnsafeRawBufferPointer(rebasing: content[4...])
    }
    arena.append(mode == .strict ? "{\"$binary\": \"" as StaticString : "{\"$binary\": {\"base64\": \"")
    arena.append(base64: content)
    arena.append(UInt8(ascii: "\""))
    separate(&arena)
    arena.append(mode == .strict ? "\"$type\": \"" as StaticString : "\"subType\": \"")
    arena.append(JSONEscapes.hex(UInt32(subtype >> 4), upper: true))
    arena.append(JSONEscapes.hex(UInt32(subtype & 15), upper: true))
    arena.append(mode == .strict ? "\"}" as StaticString : "\"}}")
  }

  /// The driver sorts the options.
  private func append(regex value: UnsafeRawBufferPointer, _ arena: inout ByteArena) {
    var end = 0
    while end < value.count, value[end] != 0 { end &+= 1 }
    arena.append(mode == .strict ? "{\"$regex\": " as StaticString : "{\"$regularExpression\": {\"pattern\": ")
    arena.append(bsonText: UnsafeRawBufferPointer(rebasing: value[..<end]))
    separate(&arena)
    arena.append(mode == .strict ? "\"$options\": " as StaticString : "\"options\": ")
    let options = UnsafeRawBufferPointer(rebasing: value[min(end &+ 1, value.count)..<max(value.count &- 1, min(end &+ 1, value.count))])
    if options.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
      arena.append(UInt8(ascii: "\""))
      for letter in UInt8(0x20)..<0x7F {
        for option in options where option == letter { arena.append(letter) }
      }
      arena.append(UInt8(ascii: "\""))
    } else {
      arena.append(bsonText: options)
    }
    arena.append(mode == .strict ? "}" as StaticString : "}}")
  }

  private func append(codeWithScope value: UnsafeRawBufferPointer, depth: Int, _ arena: inout ByteArena) throws(MillraceError) {
    let code = Int(value.loadUnaligned(fromByteOffset: 4, as: Int32.self))
    open("$code", &arena)
    arena.append(bsonText: UnsafeRawBufferPointer(rebasing: value[8..<(7 &+ code)]))
    separate(&arena)
    arena.append("\"$scope\": " as StaticString)
    try append(UnsafeRawBufferPointer(rebasing: value[(8 &+ code)...]), isArray: false, depth: depth &+ 1, &arena)
    arena.append(UInt8(ascii: "}"))
  }

  private func append(pointer value: UnsafeRawBufferPointer, _ arena: inout ByteArena) {
    let length = Int(value.loadUnaligned(as: Int32.self))
    if mode == .canonical { arena.append("{\"$dbPointer\": " as StaticString) }
    open("$ref", &arena)
    arena.append(bsonText: UnsafeRawBufferPointer(rebasing: value[4..<(3 &+ length)]))
    separate(&arena)
    arena.append("\"$id\": " as StaticString)
    append(objectID: UnsafeRawBufferPointer(rebasing: value[(4 &+ length)...]), &arena)
    arena.append(mode == .canonical ? "}}" as StaticString : "}")
  }
}

extension ByteArena {
  /// `number` with zeros in front up to `count` digits.
  fileprivate mutating func append(digits number: Int, count: Int) {
    var divisor = 1
    for _ in 1..<max(1, count) { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(truncatingIfNeeded: 48 + number / divisor % 10))
      divisor /= 10
    }
  }

  /// In lower-case hexadecimal.
  fileprivate mutating func append(hex bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count &* 2)
    for byte in bytes {
      appendUnchecked(JSONEscapes.hex(UInt32(byte >> 4), upper: false))
      appendUnchecked(JSONEscapes.hex(UInt32(byte & 15), upper: false))
    }
  }

  fileprivate func byte(at offset: Int) -> UInt8 {
    withBytes(at: offset, length: 1) { $0[0] }
  }

  /// What is behind `offset` moves on by one.
  fileprivate mutating func insert(_ byte: UInt8, at offset: Int) {
    append(0)
    var index = count &- 1
    while index > offset {
      set(self.byte(at: index &- 1), at: index)
      index &-= 1
    }
    set(byte, at: offset)
  }
}
