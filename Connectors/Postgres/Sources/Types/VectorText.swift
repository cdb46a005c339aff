internal import MillraceCore

/// pgvector's types.
enum VectorText {
  /// `[1,2.5,-3]`: an array of numbers, of single precision if wanted. A vector has no nulls and at least one number.
  static func dense(
    _ text: UnsafeRawBufferPointer, isSingle: Bool, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    guard text.count > 2, text[0] == UInt8(ascii: "["), text[text.count - 1] == UInt8(ascii: "]") else {
      throw DecodingFailure(.malformed, .denseVector)
    }
    var count = 1
    for byte in text where byte == UInt8(ascii: ",") { count += 1 }
    let first = batch.slots.append(repeating: .null, count: count)
    let cursor = TextCursor(text)
    var at = 1
    for index in 0..<count {
      let end = Self.end(cursor, at)
      batch.slots[first + index] = .float(try number(cursor.slice(at, end), isSingle: isSingle, .denseVector))
      at = end + 1
    }
    return .array(first: first, count: count)
  }

  /// `{1:1.5,3:-2}/5`: the number of dimensions, and a map of index to number.
  static func sparse(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard text.count >= 4, text[0] == UInt8(ascii: "{"), let close = text.firstIndex(of: UInt8(ascii: "}")),
      close + 2 < text.count, text[close + 1] == UInt8(ascii: "/")
    else { throw DecodingFailure(.malformed, .sparseVector) }
    let cursor = TextCursor(text)
    var count = close == 1 ? 0 : 1
    for index in 1..<close where text[index] == UInt8(ascii: ",") { count += 1 }
    // The reference's schema has 16 bits for both.
    let dimensions = try ColumnCodec.integer(cursor.slice(close + 2, text.count), in: 0, 32767, .sparseVector)
    let run = batch.slots.append(repeating: dimensions, count: 2)
    let first = batch.slots.append(repeating: .null, count: count * 2)
    var at = 1
    for index in 0..<count {
      let end = Self.end(cursor, at)
      var colon = at
      while colon < end, cursor[colon] != UInt8(ascii: ":") { colon += 1 }
      batch.slots[first + 2 * index] = try ColumnCodec.integer(cursor.slice(at, colon), in: 0, 32767, .sparseVector)
      batch.slots[first + 2 * index + 1] = .float(try number(cursor.slice(colon + 1, end), isSingle: false, .sparseVector))
      at = end + 1
    }
    batch.slots[run + 1] = .map(first: first, count: count)
    return .structure(first: run, count: 2)
  }

  private static func end(_ cursor: TextCursor, _ start: Int) -> Int {
    var at = start
    while !(cursor[at] == UInt8(ascii: ",") || cursor[at] == UInt8(ascii: "]") || cursor[at] == UInt8(ascii: "}") || cursor[at] == 0) {
      at += 1
    }
    return at
  }

  private static func number(
    _ text: UnsafeRawBufferPointer, isSingle: Bool, _ form: ColumnCodec.Form
  ) throws(DecodingFailure) -> Double {
    do throws(DecodingFailure) {
      return isSingle ? Double(try ColumnCodec.float4(text)) : try ColumnCodec.float8(text)
    } catch {
      throw DecodingFailure(error.kind, form)
    }
  }
}
