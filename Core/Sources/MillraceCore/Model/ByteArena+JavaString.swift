extension ByteArena {
  /// Appends `count` copies of `byte`.
  package mutating func append(repeating byte: UInt8, count: Int) {
    appendWith(maximum: count) { memory in
      memory.initializeMemory(as: UInt8.self, repeating: byte)
      return count
    }
  }

  /// Appends a copy of `length` bytes of the content from `offset`.
  mutating func append(copyOf offset: Int, length: Int) {
    precondition(offset >= 0 && length >= 0 && offset &+ length <= count)
    reserve(length)
    (base + count).copyMemory(from: base + offset, byteCount: length)
    setCount(count &+ length)
  }

  /// Appends the UTF-8 text of `length` bytes from `offset` as Java serialises a string: a head, and modified UTF-8, in which
  /// each half of a surrogate pair has three bytes and a zero two.
  ///
  /// Source: Java Object Serialization Specification, section 6.4 (TC_STRING, TC_LONGSTRING); java.io.DataInput.
  mutating func append(javaStringAt offset: Int, length: Int) {
    precondition(offset >= 0 && length >= 0 && offset &+ length <= count)
    var size = 0
    for index in offset..<(offset &+ length) {
      let byte = base.load(fromByteOffset: index, as: UInt8.self)
      size &+= byte == 0 ? 2 : byte >= 0xF0 ? 3 : 1
    }
    reserve(16 &+ size)
    for byte: UInt8 in [0xAC, 0xED, 0x00, 0x05, size > 0xFFFF ? 0x7C : 0x74] { appendUnchecked(byte) }
    for shift in stride(from: size > 0xFFFF ? 56 : 8, through: 0, by: -8) { appendUnchecked(UInt8(truncatingIfNeeded: size >> shift)) }
    var index = offset
    let end = offset &+ length
    while index < end {
      let byte = base.load(fromByteOffset: index, as: UInt8.self)
      if byte == 0 {
        appendUnchecked(0xC0)
        appendUnchecked(0x80)
        index &+= 1
      } else if byte >= 0xF0, index &+ 4 <= end {
        var scalar = UInt32(byte & 0x07)
        for next in 1...3 { scalar = scalar << 6 | UInt32(base.load(fromByteOffset: index &+ next, as: UInt8.self) & 0x3F) }
        let rest = scalar &- 0x1_0000
        for half in [0xD800 | rest >> 10 & 0x3FF, 0xDC00 | rest & 0x3FF] {
          appendUnchecked(0xE0 | UInt8(truncatingIfNeeded: half >> 12))
          appendUnchecked(0x80 | UInt8(truncatingIfNeeded: half >> 6 & 0x3F))
          appendUnchecked(0x80 | UInt8(truncatingIfNeeded: half & 0x3F))
        }
        index &+= 4
      } else {
        appendUnchecked(byte)
        index &+= 1
      }
    }
  }
}
