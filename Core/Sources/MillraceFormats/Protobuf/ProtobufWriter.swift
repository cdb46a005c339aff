internal import MillraceCore

/// Writes one value in Protobuf's encoding by its plan. What is zero is left out, unless the field tells zero from nothing.
///
/// Plain pointers into a plan and a batch, which are both borrowed and unchanged as long as the writer lives.
struct ProtobufWriter {
  /// The value of this node does not fit its schema.
  struct Mismatch: Error { let node: Int }

  let nodes: UnsafePointer<ProtobufNode>
  let bytes: UnsafeRawPointer
  let contents: BatchContents

  @inline(never) private func mismatch(_ node: UnsafePointer<ProtobufNode>) -> Mismatch { Mismatch(node: node - nodes) }

  /// The whole field, with its tag. A root without tag is written as the content of its message.
  func field(_ slot: Slot, by node: UnsafePointer<ProtobufNode>, _ output: inout ByteArena) throws(Mismatch) {
    switch slot.kind {
    case .null:
      if node.pointee.null.length == 0, !node.pointee.allowsNull { throw mismatch(node) }
      return copy(node.pointee.null, &output)
    case .unavailable:
      if node.pointee.unavailable.length == 0, !node.pointee.allowsNull { throw mismatch(node) }
      return copy(node.pointee.unavailable, &output)
    default: break
    }
    switch node.pointee.kind {
    case .array: return try array(slot, node, &output)
    case .map: return try map(slot, node, &output)
    case .message where node.pointee.tag == 0: return try message(slot, node, &output)
    default: break
    }
    if node.pointee.isWrapped {
      varint(UInt64(node.pointee.tag), &output)
      let start = open(&output)
      if !isZero(slot) {
        varint(1 << 3 | wireType(node.pointee.kind), &output)
        try content(slot, node, &output)
      }
      return close(start, &output)
    }
    if !node.pointee.hasPresence, isZero(slot), isPlain(node.pointee.kind) { return }
    try element(slot, node, &output)
  }

  /// Tag and value, whatever the value.
  private func element(_ slot: Slot, _ node: UnsafePointer<ProtobufNode>, _ output: inout ByteArena) throws(Mismatch) {
    varint(UInt64(node.pointee.tag), &output)
    try content(slot, node, &output)
  }

  private func isPlain(_ kind: ProtobufNode.Kind) -> Bool { kind.isPacked || kind == .string || kind == .bytes }

  private func wireType(_ kind: ProtobufNode.Kind) -> UInt64 {
    switch kind {
    case .varint, .boolean: 0
    case .float64: 1
    case .float32: 5
    default: 2
    }
  }

  private func isZero(_ slot: Slot) -> Bool {
    switch slot.kind {
    case .integer, .boolean, .float: slot.bits == 0
    case .text, .bytes: slot.count == 0
    default: false
    }
  }

  // MARK: values

  private func content(_ slot: Slot, _ node: UnsafePointer<ProtobufNode>, _ output: inout ByteArena) throws(Mismatch) {
    var cursor = output.cursor(reserving: 64)
    switch (node.pointee.kind, slot.kind) {
    case (.varint, .integer): cursor.varint(UInt64(bitPattern: slot.integer))
    case (.boolean, .boolean): cursor.put(slot.boolean ? 1 : 0)
    case (.float32, .float): cursor.put(word: UInt64(Float(slot.float).bitPattern), count: 4)
    case (.float64, .float): cursor.put(word: slot.float.bitPattern)
    case (.string, .text), (.bytes, .bytes):
      guard let from = contents.bytes(slot) else { throw mismatch(node) }
      cursor = output.ensure(slot.count &+ 64, cursor)
      cursor.varint(UInt64(slot.count))
      cursor.copy(from, count: slot.count)
    case (.decimal, .integer), (.decimal, .bytes): return try decimal(slot, node, &output)
    case (.date, .integer):
      let date = CivilTime(days: slot.integer)
      return numbers((date.year, Int64(date.month), Int64(date.day), 0), &output)
    case (.time, .integer):
      let rest = slot.integer
      return numbers((rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000 * 1_000_000), &output)
    case (.timestamp, .integer):
      let (seconds, rest) = slot.integer.quotientAndRemainder(dividingBy: 1000)
      return numbers(rest < 0 ? (seconds - 1, (rest + 1000) * 1_000_000, 0, 0) : (seconds, rest * 1_000_000, 0, 0), &output)
    case (.message, .structure):
      let start = open(&output)
      try message(slot, node, &output)
      return close(start, &output)
    default: throw mismatch(node)
    }
    output.finish(cursor)
  }

  /// The fields of a struct.
  private func message(_ slot: Slot, _ node: UnsafePointer<ProtobufNode>, _ output: inout ByteArena) throws(Mismatch) {
    let count = Int(node.pointee.childCount)
    guard slot.kind == .structure, slot.count == count, let run = contents.run(slot, count: count) else { throw mismatch(node) }
    let first = nodes + Int(node.pointee.firstChild)
    for index in 0..<count { try field(run[Int(first[index].place)], by: first + index, &output) }
  }

  private func array(_ slot: Slot, _ node: UnsafePointer<ProtobufNode>, _ output: inout ByteArena) throws(Mismatch) {
    guard slot.kind == .array, let run = contents.run(slot, count: slot.count) else { throw mismatch(node) }
    if slot.count == 0 { return }
    let item = nodes + Int(node.pointee.firstChild)
    let isPacked = item.pointee.kind.isPacked && !item.pointee.isWrapped
    var start = 0
    if isPacked {
      varint(UInt64(node.pointee.tag), &output)
      start = open(&output)
    }
    for index in 0..<slot.count {
      // There is no null among elements.
      if run[index].isNull || run[index].kind == .unavailable { throw mismatch(item) }
      if isPacked {
        try content(run[index], item, &output)
      } else if item.pointee.isWrapped {
        try field(run[index], by: item, &output)
      } else {
        try element(run[index], item, &output)
      }
    }
    if isPacked { close(start, &output) }
  }

  /// A message for each pair.
  private func map(_ slot: Slot, _ node: UnsafePointer<ProtobufNode>, _ output: inout ByteArena) throws(Mismatch) {
    guard slot.kind == .map, let run = contents.run(slot, count: slot.count &* 2) else { throw mismatch(node) }
    let key = nodes + Int(node.pointee.firstChild)
    for index in 0..<slot.count {
      varint(UInt64(node.pointee.tag), &output)
      let start = open(&output)
      try field(run[index &* 2], by: key, &output)
      try field(run[index &* 2 &+ 1], by: key + 1, &output)
      close(start, &output)
    }
  }

  /// confluent.type.Decimal: value, precision, scale. The precision is that of the value.
  private func decimal(_ slot: Slot, _ node: UnsafePointer<ProtobufNode>, _ output: inout ByteArena) throws(Mismatch) {
    let start = open(&output)
    var digits = 0
    var cursor = output.cursor(reserving: slot.count + 64)
    cursor.put(1 << 3 | 2)
    if slot.kind == .integer {
      let count = TwosComplement.count(slot.integer)
      cursor.varint(UInt64(count))
      cursor.put(bigEndian: slot.integer, count: count)
      var rest = slot.integer.magnitude
      repeat {
        digits += 1
        rest /= 10
      } while rest > 0
    } else {
      guard let from = contents.bytes(slot) else { throw mismatch(node) }
      cursor = output.ensure(slot.count &+ 64, cursor)
      cursor.varint(UInt64(slot.count))
      cursor.copy(from, count: slot.count)
      digits = BigDecimalText.text(unscaled: Array(UnsafeRawBufferPointer(start: from, count: slot.count)), scale: 0).utf8.count { $0 != UInt8(ascii: "-") }
    }
    cursor.put(2 << 3)
    cursor.varint(UInt64(digits))
    if node.pointee.scale != 0 {
      cursor.put(3 << 3)
      cursor.varint(UInt64(bitPattern: Int64(node.pointee.scale)))
    }
    output.finish(cursor)
    close(start, &output)
  }

  /// A message of up to four numbers, the fields 1 to 4.
  private func numbers(_ values: (Int64, Int64, Int64, Int64), _ output: inout ByteArena) {
    let start = open(&output)
    var cursor = output.cursor(reserving: 64)
    var number: UInt8 = 0
    func put(_ value: Int64) {
      number += 1
      if value == 0 { return }
      cursor.put(number << 3)
      cursor.varint(UInt64(bitPattern: value))
    }
    put(values.0)
    put(values.1)
    put(values.2)
    put(values.3)
    output.finish(cursor)
    close(start, &output)
  }

  // MARK: bytes

  private func copy(_ place: ProtobufNode.Text, _ output: inout ByteArena) {
    output.append(UnsafeRawBufferPointer(start: bytes + Int(place.offset), count: Int(place.length)))
  }

  private func varint(_ value: UInt64, _ output: inout ByteArena) {
    var cursor = output.cursor(reserving: 16)
    cursor.varint(value)
    output.finish(cursor)
  }

  /// Leaves a byte for the length of what follows.
  private func open(_ output: inout ByteArena) -> Int {
    output.append(0 as UInt8)
    return output.count
  }

  private func close(_ start: Int, _ output: inout ByteArena) {
    var length = output.count - start
    var more = 0
    while length >> ((more + 1) * 7) > 0 { more += 1 }
    if more > 0 { output.widen(at: start, by: more) }
    for index in 0...more {
      output.set(UInt8(truncatingIfNeeded: length & 0x7F) | (index < more ? 0x80 : 0), at: start - 1 + index)
      length >>= 7
    }
  }
}
