internal import MillraceCore

/// Java's `hashCode` of the objects that Connect holds values in, for transforms that compute with it.
enum JavaHash {
  /// nil for structs and maps, whose code differs from one run of the reference to the next.
  static func code(_ slot: Slot, _ schema: Schema, in batch: borrowing RecordBatch) -> Int32? {
    switch slot.kind {
    case .null: return 0
    case .unavailable, .structure, .map: return nil
    case .boolean: return slot.boolean ? 1231 : 1237
    case .integer: return schema.isDecimal ? decimal(slot.integer, schema.scale) : integer(slot.integer, schema)
    case .float:
      if case .float32 = schema.kind { return Int32(bitPattern: slot.float.isNaN ? 0x7fc0_0000 : Float(slot.float).bitPattern) }
      return folded(Int64(bitPattern: slot.float.isNaN ? 0x7ff8_0000_0000_0000 : slot.float.bitPattern))
    case .text:
      return batch.arena.withBytes(at: slot.offset, length: slot.count) { text in
        var code: Int32 = 0
        forEachUnit(text) { code = code &* 31 &+ Int32($0) }
        return code
      }
    case .bytes:
      return batch.arena.withBytes(at: slot.offset, length: slot.count) { bytes in
        if schema.isDecimal { return decimal(bytes, schema.scale) }
        var code: Int32 = 1
        for byte in bytes.reversed() { code = code &* 31 &+ Int32(Int8(bitPattern: byte)) }
        return code
      }
    case .array:
      guard case .array(let element) = schema.kind else { return nil }
      var code: Int32 = 1
      for index in 0..<slot.count {
        guard let next = self.code(batch.slots[slot.offset + index], element, in: batch) else { return nil }
        code = code &* 31 &+ next
      }
      return code
    }
  }

  private static func integer(_ value: Int64, _ schema: Schema) -> Int32 {
    if let milliseconds = ConnectTime.milliseconds(value, schema) { return folded(milliseconds) }
    if case .int64 = schema.kind { return folded(value) }
    return Int32(truncatingIfNeeded: value)
  }

  private static func folded(_ value: Int64) -> Int32 { Int32(truncatingIfNeeded: value ^ (value >> 32)) }

  private static func decimal(_ unscaled: Int64, _ scale: Int) -> Int32 {
    let magnitude = unscaled.magnitude
    let code = Int32(truncatingIfNeeded: (magnitude >> 32) &* 31 &+ (magnitude & 0xffff_ffff))
    return 31 &* (unscaled < 0 ? 0 &- code : code) &+ Int32(truncatingIfNeeded: scale)
  }

  /// - Parameter bytes: big-endian two's complement.
  private static func decimal(_ bytes: UnsafeRawBufferPointer, _ scale: Int) -> Int32 {
    let isNegative = bytes.first.map { $0 & 0x80 != 0 } ?? false
    // From the lowest byte upwards; the words of the magnitude count from the highest, so the powers of 31 grow with them.
    var code: Int32 = 0, power: Int32 = 1, word: UInt32 = 0, carry: UInt16 = 1
    for (count, byte) in bytes.reversed().enumerated() {
      var digit = byte
      if isNegative {
        let sum = UInt16(~byte) + carry
        digit = UInt8(truncatingIfNeeded: sum)
        carry = sum >> 8
      }
      word |= UInt32(digit) << UInt32(count % 4 * 8)
      if count % 4 == 3 || count == bytes.count - 1 {
        code = code &+ power &* Int32(bitPattern: word)
        power = power &* 31
        word = 0
      }
    }
    return 31 &* (isNegative ? 0 &- code : code) &+ Int32(truncatingIfNeeded: scale)
  }

  /// The UTF-16 units of UTF-8; what is no UTF-8 counts as U+FFFD.
  static func forEachUnit(_ text: UnsafeRawBufferPointer, _ body: (UInt16) -> Void) {
    var decoder = UTF8(), bytes = text.makeIterator()
    while true {
      switch decoder.decode(&bytes) {
      case .scalarValue(let scalar):
        if scalar.value < 0x1_0000 {
          body(UInt16(truncatingIfNeeded: scalar.value))
        } else {
          body(UTF16.leadSurrogate(scalar))
          body(UTF16.trailSurrogate(scalar))
        }
      case .error: body(0xfffd)
      case .emptyInput: return
      }
    }
  }

  // MARK: Murmur

  /// io.debezium.util.MurmurHash3: the upper half of the first word of the 128-bit hash, with the seed 9001 and bytes taken as
  /// signed in the last block.
  static func murmur(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    var state = Murmur()
    var at = 0
    while at + 16 <= bytes.count {
      state.mix(Murmur.word(bytes, at), Murmur.word(bytes, at + 8))
      at += 16
    }
    let rest = bytes.count - at
    if rest > 0 {
      var low: UInt64 = 0, high: UInt64 = 0
      for index in 0..<rest {
        let signed = UInt64(bitPattern: Int64(Int8(bitPattern: bytes[at + index]))) << UInt64(index % 8 * 8)
        if index < 8 { low ^= signed } else { high ^= signed }
      }
      state.mix(low, high)
    }
    return Int32(truncatingIfNeeded: state.finish(length: bytes.count) >> 32)
  }

  /// The same for a number: its four bytes, the lowest first.
  static func murmur(_ code: Int32) -> Int32 {
    withUnsafeBytes(of: code.littleEndian) { murmur($0) }
  }

  private struct Murmur {
    private var h1: UInt64 = 0x9368_e53c_2f6a_f274 ^ 9001
    private var h2: UInt64 = 0x586d_cd20_8f7c_d3fd ^ 9001
    private var c1: UInt64 = 0x87c3_7b91_1142_53d5
    private var c2: UInt64 = 0x4cf5_ad43_2745_937f

    static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
      bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian
    }

    private static func rotated(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }

    mutating func mix(_ first: UInt64, _ second: UInt64) {
      h1 ^= Murmur.rotated(first &* c1, 23) &* c2
      h1 = h1 &+ h2
      h2 = Murmur.rotated(h2, 41)
      h2 ^= Murmur.rotated(second &* c2, 23) &* c1
      h2 = h2 &+ h1
      h1 = h1 &* 3 &+ 0x52dc_e729
      h2 = h2 &* 3 &+ 0x3849_5ab5
      c1 = c1 &* 5 &+ 0x7b7d_159c
      c2 = c2 &* 5 &+ 0x6bce_6396
    }

    mutating func finish(length: Int) -> UInt64 {
      h2 ^= UInt64(length)
      h1 = h1 &+ h2
      h2 = h2 &+ h1
      h1 = Murmur.final(h1)
      h2 = Murmur.final(h2)
      return h1 &+ h2
    }

    private static func final(_ value: UInt64) -> UInt64 {
      var value = (value ^ value >> 33) &* 0xff51_afd7_ed55_8ccd
      value = (value ^ value >> 33) &* 0xc4ce_b9fe_1a85_ec53
      return value ^ value >> 33
    }
  }
}
