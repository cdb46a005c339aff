internal import Glibc
internal import MillraceCore

/// Writes the values of a document as slots of its type. Text without escapes stays where it is.
struct DocumentWriter {
  let nodes: UnsafePointer<DocumentNode>
  let keepsEmptyArrays: Bool

  /// The document at `index` as a struct, with room for further fields behind its own.
  func structure(_ index: Int, as type: DocumentType, more: Int = 0, _ batch: inout RecordBatch) throws(DocumentFailure) -> Slot {
    guard case .structure(let members) = type.kind else { throw .mixed("") }
    let count = type.schema.fields.count
    let first = batch.slots.append(repeating: .null, count: count)
    var at = index + 1
    // Members mostly come in the order of the type's own.
    var expected = 0
    for _ in 0..<Int(nodes[index].count) {
      guard let place = find(at, members, from: &expected, batch) else {
        throw .mixed(JSONName.text(batch.arena.withBytes(at: Int(nodes[at].name), length: Int(nodes[at].nameLength)) { Array($0) }))
      }
      let member = members[place]
      if let field = member.field {
        let slot = try slot(at, as: member.type, &batch)
        batch.slots[first + field] = slot
      }
      at = Int(nodes[at].end)
    }
    return .structure(first: first, count: count)
  }

  @inline(__always)
  private func find(_ node: Int, _ members: [DocumentType.Member], from expected: inout Int, _ batch: borrowing RecordBatch) -> Int? {
    let name = batch.arena.start + Int(nodes[node].name), length = Int(nodes[node].nameLength)
    var place = expected
    for _ in 0..<members.count {
      if place >= members.count { place = 0 }
      if members[place].name.count == length, DocumentWriter.isSame(members[place].name, name) {
        expected = place + 1
        return place
      }
      place += 1
    }
    return nil
  }

  private static func isSame(_ known: [UInt8], _ name: UnsafeRawPointer) -> Bool {
    known.withUnsafeBytes { bytes in bytes.baseAddress.map { memcmp($0, name, bytes.count) == 0 } ?? true }
  }

  private func slot(_ index: Int, as type: DocumentType, _ batch: inout RecordBatch) throws(DocumentFailure) -> Slot {
    let node = nodes[index]
    if node.kind == .null { return .null }
    switch type.kind {
    case .text:
      guard node.kind == .text else { break }
      return text(node, &batch)
    case .double:
      guard node.kind == .double else { break }
      return Slot(kind: .float, bits: node.bits)
    case .int32:
      guard node.kind == .int32 else { break }
      return Slot(kind: .integer, bits: node.bits)
    case .int64:
      guard node.kind == .int64 else { break }
      return Slot(kind: .integer, bits: node.bits)
    case .time:
      guard node.kind == .time else { break }
      return Slot(kind: .integer, bits: node.bits)
    case .boolean:
      guard node.kind == .boolean else { break }
      return .boolean(node.bits != 0)
    case .bytes:
      guard node.kind == .bytes else { break }
      guard let slot = batch.decodeBase64(at: node.offset, length: Int(node.length)) else { throw .malformed }
      return slot
    case .regex:
      guard node.kind == .regex else { break }
      let first = batch.slots.append(repeating: .null, count: 2)
      for part in 0..<2 {
        let slot = text(nodes[index + 1 + part], &batch)
        batch.slots[first + part] = slot
      }
      return .structure(first: first, count: 2)
    case .structure:
      guard node.kind == .document else { break }
      return try structure(index, as: type, &batch)
    case .array(let item):
      guard node.kind == .array else { break }
      return try array(index, item, &batch)
    case .numbered(let items):
      guard node.kind == .array, Int(node.count) == items.count else { break }
      if items.isEmpty, !keepsEmptyArrays { return .null }
      let first = batch.slots.append(repeating: .null, count: items.count)
      var at = index + 1
      for (place, item) in items.enumerated() {
        let slot = try slot(at, as: item, &batch)
        batch.slots[first + place] = slot
        at = Int(nodes[at].end)
      }
      return .structure(first: first, count: items.count)
    }
    throw .mixed("")
  }

  /// Empty arrays among its items are left out, as in the original.
  private func array(_ index: Int, _ type: DocumentType, isInner: Bool = false, _ batch: inout RecordBatch) throws(DocumentFailure) -> Slot {
    let count = Int(nodes[index].count)
    if count == 0, !isInner, !keepsEmptyArrays { return .null }
    let first = batch.slots.append(repeating: .null, count: count)
    var at = index + 1
    var place = first
    for _ in 0..<count {
      let node = nodes[at]
      if node.kind == .array {
        guard case .array(let item) = type.kind else { throw .mixed("") }
        if node.count > 0 {
          let slot = try array(at, item, isInner: true, &batch)
          batch.slots[place] = slot
          place += 1
        }
      } else {
        let slot = try slot(at, as: type, &batch)
        batch.slots[place] = slot
        place += 1
      }
      at = Int(node.end)
    }
    return .array(first: first, count: place - first)
  }

  private func text(_ node: DocumentNode, _ batch: inout RecordBatch) -> Slot {
    node.isEscaped
      ? batch.unescape(at: node.offset, length: Int(node.length)) : .text(offset: node.offset, length: Int(node.length))
  }
}

extension RecordBatch {
  /// A copy of JSON text without its escapes; half a surrogate pair becomes U+FFFD.
  mutating func unescape(at offset: Int, length: Int) -> Slot {
    let start = arena.count
    arena.reserve(length)   // never longer than before
    var at = offset
    let end = offset + length
    while at < end {
      let byte = self.byte(at)
      at += 1
      guard byte == UInt8(ascii: "\\"), at < end else {
        arena.appendUnchecked(byte)
        continue
      }
      let escape = self.byte(at)
      at += 1
      switch escape {
      case UInt8(ascii: "b"): arena.appendUnchecked(0x08)
      case UInt8(ascii: "f"): arena.appendUnchecked(0x0C)
      case UInt8(ascii: "n"): arena.appendUnchecked(0x0A)
      case UInt8(ascii: "r"): arena.appendUnchecked(0x0D)
      case UInt8(ascii: "t"): arena.appendUnchecked(0x09)
      case UInt8(ascii: "u"):
        var code = unit(at, end)
        at += 4
        if code & 0xFC00 == 0xD800, at + 6 <= end, self.byte(at) == UInt8(ascii: "\\"), self.byte(at + 1) == UInt8(ascii: "u") {
          let low = unit(at + 2, end)
          if low & 0xFC00 == 0xDC00 {
            code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
            at += 6
          }
        }
        append(Unicode.Scalar(code) ?? "\u{FFFD}")
      default: arena.appendUnchecked(escape)
      }
    }
    return .text(offset: start, length: arena.count - start)
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    if let bytes = UTF8.encode(scalar) { for byte in bytes { arena.append(byte) } }
  }

  @inline(__always) private borrowing func byte(_ offset: Int) -> UInt8 { arena.start.load(fromByteOffset: offset, as: UInt8.self) }

  /// Four hexadecimal digits.
  private borrowing func unit(_ offset: Int, _ end: Int) -> UInt32 {
    var code: UInt32 = 0
    for index in offset..<min(offset + 4, end) {
      let byte = byte(index)
      let digit: UInt32 = byte <= 0x39 ? UInt32(byte) &- 0x30 : (UInt32(byte) | 0x20) &- 0x57
      code = code << 4 | digit & 15
    }
    return code
  }

  /// The bytes that base64 at this place stands for; nil where it is none.
  mutating func decodeBase64(at offset: Int, length: Int) -> Slot? {
    let start = arena.count
    arena.reserve(length)
    var bits: UInt32 = 0, count = 0, isPadded = false
    for index in offset..<offset + length {
      let byte = self.byte(index)
      if byte == UInt8(ascii: "=") {
        isPadded = true
        continue
      }
      guard !isPadded, let value = RecordBatch.base64(byte) else { return nil }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        arena.appendUnchecked(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return .bytes(offset: start, length: arena.count - start)
  }

  @inline(__always) private static func base64(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
