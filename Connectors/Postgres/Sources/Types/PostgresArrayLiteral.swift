internal import MillraceCore

/// Array literals: `{1,NULL,"a \"b\""}`, `[0:1]={5,6}`, `{{1,2},{3,4}}`.
enum PostgresArrayLiteral {
  /// One member of the outermost dimension.
  private struct Element {
    enum Form { case null, plain, quoted, array }
    var form: Form
    /// Without the quotes.
    var start: Int
    var end: Int
    /// Whether backslashes have to be taken out.
    var isEscaped: Bool
  }

  /// Stands behind the opening brace and hands out the members one by one.
  private struct Reader {
    var cursor: TextCursor
    let delimiter: UInt8
    var isFirst = true

    init?(_ text: UnsafeRawBufferPointer, delimiter: UInt8) {
      cursor = TextCursor(text)
      self.delimiter = delimiter
      if cursor.current == UInt8(ascii: "[") {  // bounds other than 1: every dimension's, then an equals sign
        while !cursor.isAtEnd, cursor.current != UInt8(ascii: "=") { cursor.at &+= 1 }
        guard cursor.skip(UInt8(ascii: "=")) else { return nil }
      }
      guard cursor.skip(UInt8(ascii: "{")) else { return nil }
    }

    enum Step { case element(Element), end, malformed }

    mutating func next() -> Step {
      if isFirst {
        isFirst = false
        if cursor.skip(UInt8(ascii: "}")) { return cursor.isAtEnd ? .end : .malformed }
      } else if cursor.skip(UInt8(ascii: "}")) {
        return cursor.isAtEnd ? .end : .malformed
      } else if !cursor.skip(delimiter) {
        return .malformed
      }
      let start = cursor.at
      switch cursor.current {
      case UInt8(ascii: "{"):
        return skipNested() ? .element(Element(form: .array, start: start, end: cursor.at, isEscaped: false)) : .malformed
      case UInt8(ascii: "\""):
        cursor.at &+= 1
        guard let isEscaped = skipQuoted() else { return .malformed }
        return .element(Element(form: .quoted, start: start + 1, end: cursor.at - 1, isEscaped: isEscaped))
      default:
        var isEscaped = false
        while !cursor.isAtEnd {
          let byte = cursor.current
          if byte == delimiter || byte == UInt8(ascii: "}") { break }
          if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "\"") { return .malformed }
          if byte == UInt8(ascii: "\\") {
            isEscaped = true
            cursor.at &+= 1
          }
          cursor.at &+= 1
        }
        guard cursor.at > start, !cursor.isAtEnd else { return .malformed }
        let isNull = !isEscaped && cursor.slice(start, cursor.at).equals("NULL")
        return .element(Element(form: isNull ? .null : .plain, start: start, end: cursor.at, isEscaped: isEscaped))
      }
    }

    /// Behind the opening quote; ends behind the closing one. Nil where there is none.
    private mutating func skipQuoted() -> Bool? {
      var isEscaped = false
      while !cursor.isAtEnd {
        let byte = cursor.current
        cursor.at &+= 1
        if byte == UInt8(ascii: "\"") { return isEscaped }
        if byte == UInt8(ascii: "\\") {
          isEscaped = true
          cursor.at &+= 1
        }
      }
      return nil
    }

    private mutating func skipNested() -> Bool {
      var depth = 0
      while !cursor.isAtEnd {
        let byte = cursor.current
        cursor.at &+= 1
        switch byte {
        case UInt8(ascii: "{"): depth &+= 1
        case UInt8(ascii: "}"):
          depth &-= 1
          if depth == 0 { return true }
        case UInt8(ascii: "\""):
          if skipQuoted() == nil { return false }
        case UInt8(ascii: "\\"): cursor.at &+= 1
        default: break
        }
      }
      return false
    }
  }

  /// The elements as a run of slots. Members that are arrays themselves have no place in the schema and become null.
  static func decode(
    _ text: UnsafeRawBufferPointer, codec: ColumnCodec, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    guard let start = Reader(text, delimiter: codec.delimiter) else { throw DecodingFailure(.malformed, .array) }
    var count = 0
    var reader = start
    counting: while true {
      switch reader.next() {
      case .element: count &+= 1
      case .end: break counting
      case .malformed: throw DecodingFailure(.malformed, .array)
      }
    }
    let first = batch.slots.append(repeating: .null, count: count)
    reader = start
    for index in 0..<count {
      guard case .element(let element) = reader.next() else { throw DecodingFailure(.malformed, .array) }
      switch element.form {
      case .null, .array:
        if !codec.hasOptionalElements { throw DecodingFailure(.nullElement, .array) }
      case .plain, .quoted:
        let content = reader.cursor.slice(element.start, element.end)
        let slot =
          element.isEscaped
          ? try unescaped(content, codec, into: &batch)
          : try ColumnCodec.decodeScalar(content, as: codec.element, parameter: codec.parameter, into: &batch)
        batch.slots[first + index] = slot
      }
    }
    return .array(first: first, count: count)
  }

  /// `1 2 3`, or nothing.
  static func decodeVector(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    var count = text.isEmpty ? 0 : 1
    for byte in text where byte == UInt8(ascii: " ") { count += 1 }
    let first = batch.slots.append(repeating: .null, count: count)
    let cursor = TextCursor(text)
    var at = 0
    for index in 0..<count {
      var end = at
      while end < text.count, cursor[end] != UInt8(ascii: " ") { end += 1 }
      batch.slots[first + index] = try ColumnCodec.integer(cursor.slice(at, end), in: -32768, 4_294_967_295, .vector)
      at = end + 1
    }
    return .array(first: first, count: count)
  }

  private static func unescaped(
    _ content: UnsafeRawBufferPointer, _ codec: ColumnCodec, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    if codec.element == .text {
      let at = batch.arena.count
      batch.arena.appendWith(maximum: content.count) { removeEscapes(content, into: $0) }
      return .text(offset: at, length: batch.arena.count - at)
    }
    let result = withUnsafeTemporaryAllocation(byteCount: content.count, alignment: 1) { memory -> Result<Slot, DecodingFailure> in
      let length = removeEscapes(content, into: memory)
      let plain = UnsafeRawBufferPointer(rebasing: memory[..<length])
      do throws(DecodingFailure) {
        return .success(try ColumnCodec.decodeScalar(plain, as: codec.element, parameter: codec.parameter, into: &batch))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Answers the number of bytes written, never more than `content` has.
  private static func removeEscapes(_ content: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer) -> Int {
    var length = 0
    var at = 0
    while at < content.count {
      if content[at] == UInt8(ascii: "\\"), at + 1 < content.count { at += 1 }
      memory[length] = content[at]
      length += 1
      at += 1
    }
    return length
  }

  /// The elements of a one-dimensional text array without NULLs; nil where it is none. For the catalogue, not for rows.
  static func strings(_ literal: String) -> [String]? {
    var batch = RecordBatch(capacity: 256)
    var literal = literal
    let slot = literal.withUTF8 { text in
      try? decode(
        UnsafeRawBufferPointer(text), codec: ColumnCodec(arrayOf: ColumnCodec(.text), optionalElements: false), into: &batch)
    }
    guard let slot, case .array(let values) = batch.value(slot) else { return nil }
    return values.compactMap { if case .text(let text) = $0 { text } else { nil } }
  }
}
