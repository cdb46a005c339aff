internal import MillraceCore

/// Texts, bytes, JSON, shapes, vectors, and MariaDB's types that are stored as bytes.
extension ColumnCodec {
  /// A value that the log has as a length and bytes; of binary types the result of a query has the same bytes.
  @inline(__always)
  func stored(_ bytes: UnsafeRawBufferPointer, _ table: CharsetTable?, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    switch form {
    case .text: return charset == .utf8mb4 ? batch.text(bytes) : charset.text(bytes, table, into: &batch)
    case .bytes: return padded(bytes, into: &batch)
    default: return try storedOtherwise(bytes, into: &batch)
    }
  }

  @inline(never)
  private func storedOtherwise(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    switch form {
    case .json: return try json(bytes, into: &batch)
    case .point, .geometry: return try shape(bytes, into: &batch)
    case .vector: return try vector(bytes, into: &batch)
    case .uuid: return try uuid(bytes, into: &batch)
    case .inet4: return try inet4(bytes, into: &batch)
    case .inet6: return try inet6(bytes, into: &batch)
    default: throw otherType
    }
  }

  /// The log leaves out zeros at the end of a BINARY.
  private func padded(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) -> Slot {
    let length = Int(parameter)
    if bytes.count >= length { return batch.binary(bytes, binary) }
    if binary == .bytes {
      let at = batch.arena.count
      batch.arena.append(bytes)
      batch.arena.append(repeating: 0, count: length &- bytes.count)
      return .bytes(offset: at, length: length)
    }
    return withUnsafeTemporaryAllocation(byteCount: length, alignment: 1) { memory in
      memory.copyMemory(from: bytes)
      for index in bytes.count..<length { memory[index] = 0 }
      return batch.binary(UnsafeRawBufferPointer(memory), binary)
    }
  }

  /// An empty value stands for NULL in a column that was NULL when it became required.
  private func json(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    if bytes.isEmpty { return .null }
    let at = batch.arena.count
    guard BinaryJSON(bytes).write(to: &batch.arena) else {
      batch.arena.truncate(to: at)
      throw malformed
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// Four bytes of SRID, 0 for none, and WKB.
  private func shape(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard bytes.count >= 9 else { throw malformed }
    let number = Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))
    let srid = number == 0 ? Slot.null : .integer(Int64(number))
    let wkb = UnsafeRawBufferPointer(rebasing: bytes[4...])
    let bytes = batch.bytes(wkb)
    if form == .geometry {
      let first = batch.slots.append(repeating: srid, count: 2)
      batch.slots[first] = bytes
      return .structure(first: first, count: 2)
    }
    guard wkb.count == 21 else { throw malformed }
    let isLittle = wkb[0] != 0
    func coordinate(_ at: Int) -> Slot {
      let bits = wkb.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      return .float(Double(bitPattern: isLittle ? UInt64(littleEndian: bits) : UInt64(bigEndian: bits)))
    }
    let first = batch.slots.append(repeating: srid, count: 4)
    batch.slots[first] = coordinate(5)
    batch.slots[first + 1] = coordinate(13)
    batch.slots[first + 2] = bytes
    return .structure(first: first, count: 4)
  }

  private func vector(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard bytes.count & 3 == 0 else { throw malformed }
    let count = bytes.count / 4
    let first = batch.slots.append(repeating: .null, count: count)
    for index in 0..<count {
      let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
      batch.slots[first &+ index] = .float(Double(Float(bitPattern: bits)))
    }
    return .array(first: first, count: count)
  }

  // MARK: MariaDB, whose fixed bytes come without the zeros at their end

  private func uuid(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard bytes.count <= 16 else { throw malformed }
    let at = batch.arena.count
    for index in 0..<16 {
      if index == 4 || index == 6 || index == 8 || index == 10 { batch.arena.append(UInt8(ascii: "-")) }
      ColumnCodec.hex(index < bytes.count ? bytes[index] : 0, &batch.arena)
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }

  private static func hex(_ byte: UInt8, _ arena: inout ByteArena) {
    let high = byte >> 4, low = byte & 15
    arena.append(high < 10 ? high &+ 48 : high &+ 87)
    arena.append(low < 10 ? low &+ 48 : low &+ 87)
  }

  private func inet4(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard bytes.count <= 4 else { throw malformed }
    let at = batch.arena.count
    for index in 0..<4 {
      if index > 0 { batch.arena.append(UInt8(ascii: ".")) }
      batch.arena.append(decimal: UInt64(index < bytes.count ? bytes[index] : 0))
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// The longest run of zeros is left out; an IPv4 address in one is written as such (MariaDB source, "plugin/type_inet").
  private func inet6(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard bytes.count <= 16 else { throw malformed }
    let at = batch.arena.count
    func group(_ index: Int) -> UInt16 {
      func byte(_ index: Int) -> UInt16 { index < bytes.count ? UInt16(bytes[index]) : 0 }
      return byte(index &* 2) << 8 | byte(index &* 2 &+ 1)
    }
    var gap = 8, gapLength = 0, index = 0
    while index < 8 {
      var length = 0
      while index &+ length < 8, group(index &+ length) == 0 { length &+= 1 }
      if length > gapLength { (gap, gapLength) = (index, length) }
      index &+= max(length, 1)
    }
    index = 0
    while index < 8 {
      if gapLength > 0, index == gap {
        batch.arena.append(index == 0 ? "::" : ":")
        index &+= gapLength
        continue
      }
      if index == 6, gap == 0, gapLength == 6 || (gapLength == 5 && group(5) == 0xFFFF) {
        let tail = [group(6) >> 8, group(6) & 0xFF, group(7) >> 8, group(7) & 0xFF]
        for (place, value) in tail.enumerated() {
          if place > 0 { batch.arena.append(UInt8(ascii: ".")) }
          batch.arena.append(decimal: UInt64(value))
        }
        break
      }
      var shift = 12
      while shift > 0, group(index) >> UInt16(shift) == 0 { shift -= 4 }
      while shift >= 0 {
        let nibble = UInt8(group(index) >> UInt16(shift) & 15)
        batch.arena.append(nibble < 10 ? nibble &+ 48 : nibble &+ 87)
        shift -= 4
      }
      if index < 7 { batch.arena.append(UInt8(ascii: ":")) }
      index &+= 1
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }
}
