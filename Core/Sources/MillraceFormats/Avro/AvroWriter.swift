internal import MillraceCore

/// Writes one value in Avro's binary encoding by its plan: the loop that every record goes through.
///
/// Plain pointers into a plan and a batch, which are both borrowed and unchanged as long as the writer lives. The cursor goes in
/// and comes out by value, so that it stays in registers.
struct AvroWriter {
  /// The value of this node does not fit its schema; -1 for a node outside the plan.
  struct Mismatch: Error { let node: Int }

  let nodes: UnsafePointer<AvroNode>
  let bytes: UnsafeRawPointer
  let contents: BatchContents

  @inline(never) private func mismatch(_ node: UnsafePointer<AvroNode>) -> Mismatch { Mismatch(node: node - nodes) }

  /// Writes `slot` by `node`.
  func write(
    _ slot: UnsafePointer<Slot>, by node: UnsafePointer<AvroNode>, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    let room = Int(node.pointee.null.length &+ node.pointee.unavailable.length) &+ 64
    return try any(slot, by: node, room: room, &output, output.ensure(room, start))
  }

  /// The caller has made room for the node's null and placeholder and for a number with its branch (`AvroNode.room`).
  @inline(__always) private func any(
    _ slot: UnsafePointer<Slot>, by node: UnsafePointer<AvroNode>, room: Int, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    var cursor = start
    let kind = slot.pointee.kind
    if kind != node.pointee.expects {
      if kind == .null { return try fixed(node.pointee.null, node, cursor) }
      if kind == .unavailable { return try fixed(node.pointee.unavailable, node, cursor) }
    }
    if node.pointee.hasBranch { cursor.put(node.pointee.branch) }
    if kind != node.pointee.expects { return try rare(slot.pointee, by: node, room: room, &output, cursor) }
    switch node.pointee.kind {
    case .string, .bytes:
      return try run(slot.pointee, node, room, &output, cursor)
    case .integer:
      cursor.zigzag(slot.pointee.integer)
    case .boolean:
      cursor.put(slot.pointee.boolean ? 1 : 0)
    case .decimal:
      cursor.unscaled(slot.pointee.integer)
    case .structure:
      return try structure(slot, by: node, room: room, &output, cursor)
    default:
      return try rare(slot.pointee, by: node, room: room, &output, cursor)
    }
    return cursor
  }

  /// Text or bytes behind their length.
  @inline(__always) private func run(
    _ slot: Slot, _ node: UnsafePointer<AvroNode>, _ room: Int, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    guard let from = contents.bytes(slot) else { throw mismatch(node) }
    var cursor = output.ensure(slot.count &+ room &+ 16, start)
    cursor.zigzag(Int64(slot.count))
    cursor.copy(from, count: slot.count)
    return cursor
  }

  /// The members of a struct. Leaves `room` behind it.
  private func structure(
    _ slot: UnsafePointer<Slot>, by node: UnsafePointer<AvroNode>, room: Int, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    let count = Int(node.pointee.childCount)
    guard slot.pointee.count == count, let run = contents.run(slot.pointee, count: count) else { throw mismatch(node) }
    let first = nodes + Int(node.pointee.firstChild)
    let room = room &+ Int(node.pointee.room)
    var cursor = output.ensure(room, start)
    for index in 0..<count {
      cursor = try any(run + index, by: first + index, room: room, &output, cursor)
    }
    return cursor
  }

  /// Bytes of the plan, which must not be empty.
  @inline(__always) private func fixed(
    _ place: AvroNode.Text, _ node: UnsafePointer<AvroNode>, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    if place.length == 0 { throw mismatch(node) }
    var cursor = start
    cursor.copy(bytes + Int(place.offset), count: Int(place.length))
    return cursor
  }

  /// The kinds that few rows have.
  @inline(never) private func rare(
    _ slot: Slot, by node: UnsafePointer<AvroNode>, room: Int, _ output: inout ByteArena, _ start: ByteCursor
  ) throws(Mismatch) -> ByteCursor {
    var cursor = start
    switch (node.pointee.kind, slot.kind) {
    case (.float32, .float):
      cursor.put(word: UInt64(Float(slot.float).bitPattern), count: 4)
    case (.float64, .float):
      cursor.put(word: slot.float.bitPattern)
    case (.decimal, .bytes):
      return try run(slot, node, room, &output, cursor)
    case (.raw, .bytes):
      guard let from = contents.bytes(slot) else { throw mismatch(node) }
      cursor = output.ensure(slot.count &+ room, cursor)
      cursor.copy(from, count: slot.count)
    case (.raw, .integer):
      cursor.put(bigEndian: slot.integer, count: TwosComplement.count(slot.integer))
    case (.symbol, .text):
      guard let from = contents.bytes(slot), let index = symbol(from, slot.count, node) else { throw mismatch(node) }
      cursor.zigzag(Int64(index))
    case (.array, .array):
      guard let run = contents.run(slot, count: slot.count) else { throw mismatch(node) }
      let item = nodes + Int(node.pointee.firstChild)
      if slot.count > 0 { cursor.zigzag(Int64(slot.count)) }
      for index in 0..<slot.count {
        cursor = try write(run + index, by: item, &output, cursor)
        cursor = output.ensure(room, cursor)
      }
      cursor.put(0)
    case (.map, .map):
      guard let run = contents.run(slot, count: slot.count &* 2) else { throw mismatch(node) }
      let key = nodes + Int(node.pointee.firstChild)
      if slot.count > 0 { cursor.zigzag(Int64(slot.count)) }
      for index in 0..<slot.count &* 2 {
        cursor = try write(run + index, by: key + (index & 1), &output, cursor)
        cursor = output.ensure(room, cursor)
      }
      cursor.put(0)
    default: throw mismatch(node)
    }
    return cursor
  }

  /// The number of the symbol, whose name stands in its node.
  private func symbol(_ from: UnsafeRawPointer, _ count: Int, _ node: UnsafePointer<AvroNode>) -> Int? {
    let wanted = UnsafeRawBufferPointer(start: from, count: count)
    let first = nodes + Int(node.pointee.firstChild)
    for index in 0..<Int(node.pointee.childCount) {
      let place = first[index].null
      if UnsafeRawBufferPointer(start: bytes + Int(place.offset), count: Int(place.length)).elementsEqual(wanted) { return index }
    }
    return nil
  }
}
