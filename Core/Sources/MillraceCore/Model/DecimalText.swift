/// Plain decimal numbers of any size (`-1234.50`), as databases print them, with the slots that decimals become.
package enum DecimalText {
  package enum Failure: Error {
    /// Not such a number.
    case malformed
    /// More fraction digits than the schema has.
    case outOfRange
  }

  /// 10^0 … 10^19.
  package static let powers: [UInt64] = {
    var powers: [UInt64] = [1]
    while powers.count < 20 { powers.append(powers[powers.count - 1] &* 10) }
    return powers
  }()

  /// The parts of a plain decimal number (never with an exponent).
  private struct Parts {
    var isNegative = false
    /// Where the digits (and the point among them) begin.
    var start = 0
    /// Index of the point, or the end of the text.
    var point = 0
    var end = 0
    var fraction: Int { point == end ? 0 : end &- point &- 1 }
  }

  @inline(__always) private static func parts(_ text: UnsafeRawBufferPointer) throws(Failure) -> Parts {
    var parts = Parts()
    parts.end = text.count
    parts.point = text.count
    if !text.isEmpty, text[0] == UInt8(ascii: "-") {
      parts.isNegative = true
      parts.start = 1
    }
    var digits = 0
    for index in parts.start..<max(parts.start, text.count) {
      let byte = text[index]
      if byte &- 48 <= 9 {
        digits &+= 1
      } else if byte == UInt8(ascii: "."), parts.point == text.count {
        parts.point = index
      } else {
        throw .malformed
      }
    }
    guard digits > 0 else { throw .malformed }
    return parts
  }

  /// The unscaled value of a decimal with `scale` fraction digits: inline where it fits, else two's complement.
  package static func decimal(
    _ text: UnsafeRawBufferPointer, scale: Int, into batch: inout RecordBatch
  ) throws(Failure) -> Slot {
    // One pass for what fits into 64 bits.
    let count = text.count
    if count <= 19, count > 0 {
      var at = 0
      var isNegative = false
      if text[0] == UInt8(ascii: "-") {
        isNegative = true
        at = 1
      }
      var value: UInt64 = 0
      var digits = 0
      var point = -1
      while at < count {
        let digit = text[at] &- 48
        if digit <= 9 {
          value = value &* 10 &+ UInt64(digit)
          digits &+= 1
        } else if text[at] == UInt8(ascii: "."), point < 0 {
          point = at
        } else {
          digits = 0
          break
        }
        at &+= 1
      }
      let missing = scale &- (point < 0 ? 0 : count &- 1 &- point)
      if digits > 0, missing >= 0, digits &+ missing <= 18 {
        if missing > 0 { value = value &* powers[missing] }
        return .integer(isNegative ? 0 &- Int64(truncatingIfNeeded: value) : Int64(truncatingIfNeeded: value))
      }
    }
    return try longDecimal(text, scale: scale, into: &batch)
  }

  @inline(never) private static func longDecimal(
    _ text: UnsafeRawBufferPointer, scale: Int, into batch: inout RecordBatch
  ) throws(Failure) -> Slot {
    var parts = try parts(text)
    while parts.fraction > max(scale, 0), text[parts.end &- 1] == UInt8(ascii: "0") { parts.end &-= 1 }
    if parts.point > parts.end { parts.point = parts.end }
    guard parts.fraction <= max(scale, 0) else { throw .outOfRange }
    let bytes = appendUnscaled(text, parts, zeros: max(scale, 0) &- parts.fraction, into: &batch)
    if bytes.count > 8 { return bytes }
    let value = batch.arena.withBytes(at: bytes.offset, length: bytes.count) { bytes in
      var value: Int64 = bytes.isEmpty || bytes[0] < 128 ? 0 : -1
      for byte in bytes { value = value << 8 | Int64(byte) }
      return value
    }
    batch.arena.truncate(to: bytes.offset)
    return .integer(value)
  }

  /// Scale and unscaled value, zeros at the end of the fraction left out.
  package static func variableScale(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(Failure) -> Slot {
    var parts = try parts(text)
    if parts.point < parts.end {
      while parts.end > parts.point &+ 1, text[parts.end &- 1] == UInt8(ascii: "0") { parts.end &-= 1 }
      if parts.end == parts.point &+ 1 { parts.end = parts.point }
    }
    let scale = parts.fraction
    let value = appendUnscaled(text, parts, zeros: 0, into: &batch)
    let first = batch.slots.append(repeating: .integer(Int64(scale)), count: 2)
    batch.slots[first + 1] = value
    return .structure(first: first, count: 2)
  }

  /// Plain text with at least `scale` fraction digits (without a scale, -1: as the server writes it).
  package static func plain(
    _ text: UnsafeRawBufferPointer, scale: Int, into batch: inout RecordBatch
  ) throws(Failure) -> Slot {
    let parts = try parts(text)
    let missing = scale &- parts.fraction
    if scale < 0 || missing == 0 { return batch.text(text) }
    guard missing > 0 else { throw .outOfRange }
    let at = batch.arena.count
    batch.arena.append(text)
    if parts.point == parts.end { batch.arena.append(UInt8(ascii: ".")) }
    batch.arena.appendWith(maximum: missing) { memory in
      for index in 0..<missing { memory[index] = 48 }
      return missing
    }
    return .text(offset: at, length: batch.arena.count &- at)
  }

  /// The unscaled value of a whole number with `zeros` zeros behind it, as big-endian two's complement.
  package static func unscaled(_ value: UInt64, isNegative: Bool, zeros: Int, into batch: inout RecordBatch) -> Slot {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var rest = value
      for index in (0..<20).reversed() {
        digits[index] = UInt8(truncatingIfNeeded: rest % 10 &+ 48)
        rest /= 10
      }
      let parts = Parts(isNegative: isNegative, start: 0, point: 20, end: 20)
      return appendUnscaled(UnsafeRawBufferPointer(digits), parts, zeros: zeros, into: &batch)
    }
  }

  /// Appends the digits of `parts`, followed by `zeros` zeros, as the shortest big-endian two's complement.
  ///
  /// Works in the arena itself: limbs of 64 bits, the lowest first, multiplied by 10^18 for every 18 digits; then the sign
  /// is applied, the bytes are turned round, and what only repeats the sign is cut off.
  private static func appendUnscaled(
    _ text: UnsafeRawBufferPointer, _ parts: Parts, zeros: Int, into batch: inout RecordBatch
  ) -> Slot {
    let digits = parts.end &- parts.start &+ zeros
    let room = digits / 19 &+ 3  // a limb holds more than 19 digits; one for a carry, one for the sign
    let at = batch.arena.count
    batch.arena.appendWith(maximum: room &* 8) { memory in
      var used = 1
      memory.storeBytes(of: 0, toByteOffset: 0, as: UInt64.self)
      var chunk: UInt64 = 0
      var held = 0
      func flush() {
        let factor = powers[held]
        var carry = chunk
        for limb in 0..<used {
          let value = UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: limb &* 8, as: UInt64.self))
          let product = value.multipliedFullWidth(by: factor)
          let (low, overflow) = product.low.addingReportingOverflow(carry)
          memory.storeBytes(of: low.littleEndian, toByteOffset: limb &* 8, as: UInt64.self)
          carry = product.high &+ (overflow ? 1 : 0)
        }
        if carry != 0 {
          memory.storeBytes(of: carry.littleEndian, toByteOffset: used &* 8, as: UInt64.self)
          used &+= 1
        }
        chunk = 0
        held = 0
      }
      for index in parts.start..<parts.end where index != parts.point {
        chunk = chunk &* 10 &+ UInt64(text[index] &- 48)
        held &+= 1
        if held == 18 { flush() }
      }
      for _ in 0..<zeros {
        chunk = chunk &* 10
        held &+= 1
        if held == 18 { flush() }
      }
      if held > 0 { flush() }
      // A limb of zeros on top, for the sign.
      memory.storeBytes(of: 0, toByteOffset: used &* 8, as: UInt64.self)
      let size = used &* 8 &+ 1
      if parts.isNegative {
        var carry = true
        for index in 0..<size {
          var byte = ~memory[index]
          if carry { (byte, carry) = byte.addingReportingOverflow(1) }
          memory[index] = byte
        }
      }
      let sign: UInt8 = memory[size &- 1] & 0x80 == 0 ? 0 : 0xFF
      var kept = size
      while kept > 1, memory[kept &- 1] == sign, (memory[kept &- 2] ^ sign) & 0x80 == 0 { kept &-= 1 }
      var low = 0
      var high = kept &- 1
      while low < high {
        memory.swapAt(low, high)
        low &+= 1
        high &-= 1
      }
      return kept
    }
    return .bytes(offset: at, length: batch.arena.count &- at)
  }
}
