internal import MillraceCore

/// Writes one value by its plan: the loop that every record goes through.
///
/// Plain pointers into a plan and a batch, which are both borrowed and unchanged as long as the writer lives. The cursor goes in
/// and comes out by value, so that it stays in registers.
struct JSONWriter {
  /// The value of this node does not fit its schema.
  struct Mismatch: Error { let node: Int }

  let nodes: UnsafePointer<JSONNode>
  let text: UnsafeRawPointer
  let contents: BatchContents

  /// How far the text of one chunk of a long string can grow is bounded by this.
  private static var chunk: Int { 4096 }

  func write(_ slot: Slot, by node: borrowing JSONNode, number: Int, _ output: inout ByteArena, _ start: ByteCursor)
    throws(Mismatch) -> ByteCursor
  {
    var cursor = output.ensure(128 + Int(node.prefix.length), start)
    switch slot.kind {
    case .null:
      return try fixed(node.null, number, &output, cursor)
    case .unavailable:
      return try fixed(node.unavailable, number, &output, cursor)
    default: break
    }
    cursor.copy(text + Int(node.prefix.offset), count: Int(node.prefix.length))
    switch node.kind {
    case .integer:
      guard slot.kind == .integer else { throw Mismatch(node: number) }
      cursor.decimal(slot.integer)
    case .string:
      guard slot.kind == .text, let from = contents.bytes(slot) else { throw Mismatch(node: number) }
      let count = slot.count
      cursor.put(UInt8(ascii: "\""))
      if count <= Self.chunk {
        cursor = output.ensure(count &* ByteCursor.growth &+ 64, cursor)
        cursor.json(from, count: count)
      } else {
        cursor = long(from, count, &output, cursor)
      }
      cursor.put(UInt8(ascii: "\""))
    case .boolean:
      guard slot.kind == .boolean else { throw Mismatch(node: number) }
      if slot.boolean { cursor.put(word: 0x6575_7274, count: 4) } else { cursor.put(word: 0x65_736C_6166, count: 5) }
    case .decimal:
      cursor.put(UInt8(ascii: "\""))
      if slot.kind == .integer {
        cursor.base64(unscaled: slot.integer)
      } else {
        guard slot.kind == .bytes, let from = contents.bytes(slot) else { throw Mismatch(node: number) }
        cursor = output.ensure(slot.count &* 2 &+ 64, cursor)
        cursor.base64(from, count: slot.count)
      }
      cursor.put(UInt8(ascii: "\""))
    case .bytes:
      guard slot.kind == .bytes, let from = contents.bytes(slot) else { throw Mismatch(node: number) }
      cursor.put(UInt8(ascii: "\""))
      cursor = output.ensure(slot.count &* 2 &+ 64, cursor)
      cursor.base64(from, count: slot.count)
      cursor.put(UInt8(ascii: "\""))
    case .structure:
      return try structure(slot, by: node, number: number, &output, cursor)
    default:
      return try rare(slot, by: node, number: number, &output, cursor)
    }
    return cursor
  }

  /// The members of a struct, whose prefixes open the object.
  func structure(_ slot: Slot, by node: borrowing JSONNode, number: Int, _ output: inout ByteArena, _ start: ByteCursor)
    throws(Mismatch) -> ByteCursor
  {
    let count = Int(node.childCount)
    guard slot.kind == .structure, slot.count == count, let run = contents.run(slot, count: count) else {
      throw Mismatch(node: number)
    }
    let first = Int(node.firstChild)
    var cursor = start
    if count == 0 { cursor.put(UInt8(ascii: "{")) }
    for index in 0..<count {
      cursor = try write(run[index], by: nodes[first &+ index], number: first &+ index, &output, cursor)
    }
    cursor = output.ensure(1, cursor)
    cursor.put(UInt8(ascii: "}"))
    return cursor
  }

  /// A text of the plan, which must not be empty.
  @inline(__always) private func fixed(
    _ place: JSONNode.Text, _ number: Int, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    if place.length == 0 { throw Mismatch(node: number) }
    var cursor = output.ensure(Int(place.length) &+ 64, start)
    cursor.copy(text + Int(place.offset), count: Int(place.length))
    return cursor
  }

  /// A long text in chunks, so that room is made for what it takes and not for the worst. A chunk never ends inside a character.
  @inline(never) private func long(_ source: UnsafeRawPointer, _ count: Int, _ output: inout ByteArena, _ start: ByteCursor)
    -> ByteCursor
  {
    var cursor = start
    var at = 0
    while at < count {
      var size = min(Self.chunk, count - at)
      while at + size < count, size > 1, source.load(fromByteOffset: at + size, as: UInt8.self) & 0xC0 == 0x80 { size -= 1 }
      cursor = output.ensure(size * ByteCursor.growth + 64, cursor)
      cursor.json(source + at, count: size)
      at += size
    }
    return output.ensure(64, cursor)
  }

  /// The kinds that few rows have.
  @inline(never) private func rare(
    _ slot: Slot, by node: borrowing JSONNode, number: Int, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    var cursor = start
    switch node.kind {
    case .float32:
      guard slot.kind == .float else { throw Mismatch(node: number) }
      cursor.jsonFloat(Float(slot.float))
    case .float64:
      guard slot.kind == .float else { throw Mismatch(node: number) }
      cursor.jsonDouble(slot.float)
    case .number:
      let digits: String
      if slot.kind == .integer {
        digits = BigDecimalText.text(unscaled: slot.integer, scale: Int(node.scale))
      } else {
        guard slot.kind == .bytes, let from = contents.bytes(slot) else { throw Mismatch(node: number) }
        let unscaled = Array(UnsafeRawBufferPointer(start: from, count: slot.count))
        digits = BigDecimalText.text(unscaled: unscaled, scale: Int(node.scale))
      }
      output.finish(cursor)
      output.append(digits)
      cursor = output.cursor(reserving: 64)
    case .array:
      guard slot.kind == .array, let run = contents.run(slot, count: slot.count) else { throw Mismatch(node: number) }
      let item = Int(node.firstChild)
      cursor.put(UInt8(ascii: "["))
      for index in 0..<slot.count {
        if index > 0 { cursor.put(UInt8(ascii: ",")) }
        cursor = try write(run[index], by: nodes[item], number: item, &output, cursor)
        cursor = output.ensure(64, cursor)
      }
      cursor.put(UInt8(ascii: "]"))
    case .map, .pairs:
      guard slot.kind == .map, let run = contents.run(slot, count: slot.count &* 2) else { throw Mismatch(node: number) }
      let key = Int(node.firstChild)
      let isObject = node.kind == .map
      cursor.put(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
      for index in 0..<slot.count {
        if index > 0 { cursor.put(UInt8(ascii: ",")) }
        if !isObject { cursor.put(UInt8(ascii: "[")) }
        cursor = try write(run[index &* 2], by: nodes[key], number: key, &output, cursor)
        cursor = output.ensure(64, cursor)
        cursor.put(isObject ? UInt8(ascii: ":") : UInt8(ascii: ","))
        cursor = try write(run[index &* 2 &+ 1], by: nodes[key &+ 1], number: key &+ 1, &output, cursor)
        cursor = output.ensure(64, cursor)
        if !isObject { cursor.put(UInt8(ascii: "]")) }
      }
      cursor.put(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    default: throw Mismatch(node: number)
    }
    return cursor
  }
}
