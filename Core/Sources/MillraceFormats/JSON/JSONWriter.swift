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

  @inline(never) private func mismatch(_ node: UnsafePointer<JSONNode>) -> Mismatch { Mismatch(node: node - nodes) }

  /// Writes `slot` by `node`, one of the plan's.
  func write(
    _ slot: UnsafePointer<Slot>, by node: UnsafePointer<JSONNode>, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    let room = Int(node.pointee.prefix.length &+ node.pointee.null.length &+ node.pointee.unavailable.length) &+ 192
    return try any(slot, by: node, room: room, &output, output.ensure(room, start))
  }

  /// The caller has made room for the node's prefix, null and placeholder and for a number (`JSONNode.room`).
  @inline(__always) private func any(
    _ slot: UnsafePointer<Slot>, by node: UnsafePointer<JSONNode>, room: Int, _ output: inout ByteArena,
    _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    var cursor = start
    let kind = slot.pointee.kind
    if kind != node.pointee.expects {
      if kind == .null { return try fixed(node.pointee.null, node, cursor) }
      if kind == .unavailable { return try fixed(node.pointee.unavailable, node, cursor) }
    }
    let prefix = node.pointee.prefix
    cursor.copy(text + Int(prefix.offset), count: Int(prefix.length))
    if kind != node.pointee.expects { return try rare(slot.pointee, by: node, room: room, &output, cursor) }
    switch node.pointee.kind {
    case .string:
      guard let from = contents.bytes(slot.pointee) else { throw mismatch(node) }
      let count = slot.pointee.count
      if count <= Self.chunk {
        cursor = output.ensure(count &* ByteCursor.growth &+ room, cursor)
        cursor.json(from, count: count)
      } else {
        cursor = long(from, count, room, &output, cursor)
      }
      cursor.put(UInt8(ascii: "\""))
    case .integer:
      cursor.decimal(slot.pointee.integer)
    case .boolean:
      if slot.pointee.boolean { cursor.put(word: 0x6575_7274, count: 4) } else { cursor.put(word: 0x65_736C_6166, count: 5) }
    case .decimal:
      cursor.base64(unscaled: slot.pointee.integer)
      cursor.put(UInt8(ascii: "\""))
    case .structure:
      return try structure(slot, by: node, room: room, &output, cursor)
    default:
      return try rare(slot.pointee, by: node, room: room, &output, cursor)
    }
    return cursor
  }

  /// The members of a struct, whose prefixes open the object. Leaves `room` behind it.
  private func structure(
    _ slot: UnsafePointer<Slot>, by node: UnsafePointer<JSONNode>, room: Int, _ output: inout ByteArena,
    _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    let count = Int(node.pointee.childCount)
    guard slot.pointee.count == count, let run = contents.run(slot.pointee, count: count) else { throw mismatch(node) }
    let first = nodes + Int(node.pointee.firstChild)
    let room = room &+ Int(node.pointee.room)
    var cursor = output.ensure(room, start)
    if count == 0 { cursor.put(UInt8(ascii: "{")) }
    for index in 0..<count {
      cursor = try any(run + index, by: first + index, room: room, &output, cursor)
    }
    cursor.put(UInt8(ascii: "}"))
    return cursor
  }

  /// A text of the plan, which must not be empty.
  @inline(__always) private func fixed(
    _ place: JSONNode.Text, _ node: UnsafePointer<JSONNode>, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    if place.length == 0 { throw mismatch(node) }
    var cursor = start
    cursor.copy(text + Int(place.offset), count: Int(place.length))
    return cursor
  }

  /// A long text in chunks, so that room is made for what it takes and not for the worst. A chunk never ends inside a character.
  @inline(never) private func long(
    _ source: UnsafeRawPointer, _ count: Int, _ room: Int, _ output: inout ByteArena, _ start: ByteCursor
  ) -> ByteCursor {
    var cursor = start
    var at = 0
    while at < count {
      var size = min(Self.chunk, count - at)
      while at + size < count, size > 1, source.load(fromByteOffset: at + size, as: UInt8.self) & 0xC0 == 0x80 { size -= 1 }
      cursor = output.ensure(size * ByteCursor.growth + room, cursor)
      cursor.json(source + at, count: size)
      at += size
    }
    return cursor
  }

  /// The kinds that few rows have.
  @inline(never) private func rare(
    _ slot: Slot, by node: UnsafePointer<JSONNode>, room: Int, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    var cursor = start
    switch node.pointee.kind {
    case .float32:
      guard slot.kind == .float else { throw mismatch(node) }
      cursor.jsonFloat(Float(slot.float))
    case .float64:
      guard slot.kind == .float else { throw mismatch(node) }
      cursor.jsonDouble(slot.float)
    case .decimal, .bytes:
      guard slot.kind == .bytes, let from = contents.bytes(slot) else { throw mismatch(node) }
      cursor = output.ensure(slot.count &* 2 &+ room, cursor)
      cursor.base64(from, count: slot.count)
      cursor.put(UInt8(ascii: "\""))
    case .number:
      let digits: String
      if slot.kind == .integer {
        digits = BigDecimalText.text(unscaled: slot.integer, scale: Int(node.pointee.scale))
      } else {
        guard slot.kind == .bytes, let from = contents.bytes(slot) else { throw mismatch(node) }
        let unscaled = Array(UnsafeRawBufferPointer(start: from, count: slot.count))
        digits = BigDecimalText.text(unscaled: unscaled, scale: Int(node.pointee.scale))
      }
      output.finish(cursor)
      output.append(digits)
      cursor = output.cursor(reserving: room)
    case .array:
      guard slot.kind == .array, let run = contents.run(slot, count: slot.count) else { throw mismatch(node) }
      let item = Int(node.pointee.firstChild)
      cursor.put(UInt8(ascii: "["))
      for index in 0..<slot.count {
        if index > 0 { cursor.put(UInt8(ascii: ",")) }
        cursor = try write(run + (index), by: nodes + (item), &output, cursor)
        cursor = output.ensure(room, cursor)
      }
      cursor.put(UInt8(ascii: "]"))
    case .map, .pairs:
      guard slot.kind == .map, let run = contents.run(slot, count: slot.count &* 2) else { throw mismatch(node) }
      let key = Int(node.pointee.firstChild)
      let isObject = node.pointee.kind == .map
      cursor.put(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
      for index in 0..<slot.count {
        if index > 0 { cursor.put(UInt8(ascii: ",")) }
        if isObject, run[index &* 2].kind != .text { throw mismatch(nodes + key) }
        if !isObject { cursor.put(UInt8(ascii: "[")) }
        cursor = try write(run + (index &* 2), by: nodes + (key), &output, cursor)
        cursor = output.ensure(room, cursor)
        cursor.put(isObject ? UInt8(ascii: ":") : UInt8(ascii: ","))
        cursor = try write(run + (index &* 2 &+ 1), by: nodes + (key &+ 1), &output, cursor)
        cursor = output.ensure(room, cursor)
        if !isObject { cursor.put(UInt8(ascii: "]")) }
      }
      cursor.put(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    default: throw mismatch(node)
    }
    return cursor
  }
}
