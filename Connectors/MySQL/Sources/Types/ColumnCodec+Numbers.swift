internal import MillraceCore

/// Whole numbers, decimals and bits.
extension ColumnCodec {
  @inline(__always)
  func integer(_ row: inout RowCursor, _ size: Int, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard let raw = row.little(size) else { throw truncated }
    let unused = UInt64(64 &- size &* 8)
    switch form {
    case .signed: return .integer(Int64(bitPattern: raw << unused) >> Int64(unused))
    case .unsigned: return .integer(Int64(bitPattern: raw))
    case .unsignedDecimal: return decimal(of: raw, into: &batch)
    case .boolean: return .boolean(raw != 0)
    case .positive: return .boolean(Int64(bitPattern: raw << unused) > 0)
    case .sign: return .integer(Int64(bitPattern: raw << unused) > 0 ? 1 : 0)
    default: throw otherType
    }
  }

  private func decimal(of value: UInt64, into batch: inout RecordBatch) -> Slot {
    value <= UInt64(Int64.max) ? .integer(Int64(value)) : DecimalText.unscaled(value, isNegative: false, zeros: 0, into: &batch)
  }

  /// A ZEROFILL column has zeros in front, up to 255 digits.
  @inline(__always)
  func integer(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    let count = text.count
    var at = 0
    let isNegative = count > 0 && text[0] == UInt8(ascii: "-")
    if isNegative { at = 1 }
    guard at < count else { throw malformed }
    var value: UInt64 = 0
    while at < count {
      let digit = text[at] &- 48
      guard digit <= 9 else { throw malformed }
      let (ten, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = ten.addingReportingOverflow(UInt64(digit))
      guard !overflow, !carry else { throw outOfRange }
      value = sum
      at &+= 1
    }
    switch form {
    case .signed:
      guard value <= (isNegative ? Int64.min.magnitude : UInt64(Int64.max)) else { throw outOfRange }
      return .integer(isNegative ? Int64(truncatingIfNeeded: 0 &- value) : Int64(value))
    case .boolean: return .boolean(value != 0)
    case .positive: return .boolean(value != 0 && !isNegative)
    case .sign: return .integer(value != 0 && !isNegative ? 1 : 0)
    case .unsigned where !isNegative: return .integer(Int64(bitPattern: value))
    case .unsignedDecimal where !isNegative: return decimal(of: value, into: &batch)
    case .year where !isNegative && value <= 9999: return .integer(Int64(value))
    default: throw outOfRange
    }
  }

  /// A decimal as the server writes it; only a ZEROFILL column has zeros in front.
  func decimal(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    do throws(DecimalText.Failure) {
      if form == .decimal { return try DecimalText.decimal(text, scale: Int(parameter), into: &batch) }
      var start = 0
      while start &+ 1 < text.count, text[start] == 48, text[start &+ 1] &- 48 <= 9 { start &+= 1 }
      return try DecimalText.plain(UnsafeRawBufferPointer(rebasing: text[start...]), scale: Int(parameter), into: &batch)
    } catch {
      throw error == .malformed ? malformed : outOfRange
    }
  }

  /// A decimal of the log: groups of nine digits in four bytes, the outer groups in fewer, the sign in the highest bit, a negative
  /// number inverted (MySQL source, "strings/decimal.cc", decimal2bin).
  func decimal(_ row: inout RowCursor, _ image: ImageColumn, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    guard image.size >= 1, image.size <= 65, image.scale <= image.size else { throw truncated }
    let packed = PackedDecimal(precision: Int(image.size), scale: Int(image.scale))
    guard let bytes = row.take(packed.size) else { throw truncated }
    guard form == .decimal || form == .decimalText || form == .decimalFloat else { throw otherType }
    if form == .decimal, image.size <= 18, Int32(image.scale) == parameter { return .integer(packed.unscaled(bytes)) }
    return try withUnsafeTemporaryAllocation(byteCount: PackedDecimal.mostCharacters, alignment: 1) { memory throws(DecodingFailure) in
      let text = UnsafeRawBufferPointer(rebasing: memory[..<packed.write(bytes, to: memory)])
      if form == .decimalFloat {
        guard let value = FloatText.double(text) else { throw malformed }
        return .float(value)
      }
      return try decimal(text, into: &batch)
    }
  }

  /// Bits come with the highest byte first, in the log and in a result.
  func bitString(_ bytes: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    switch form {
    case .bit:
      guard let last = bytes.last else { throw malformed }
      return .boolean(last & 1 != 0)
    case .bits:
      let at = batch.arena.count
      let count = Int(parameter)
      batch.arena.appendWith(maximum: count) { memory in
        for index in 0..<count { memory[index] = index < bytes.count ? bytes[bytes.count &- 1 &- index] : 0 }
        return count
      }
      return .bytes(offset: at, length: count)
    default: throw otherType
    }
  }

  /// A FLOAT(M,D) is stored with single precision, but delivered with double: as the number that its digits mean.
  func float(_ value: Float) throws(DecodingFailure) -> Slot {
    switch form {
    case .float32: return .float(Double(value))
    case .float64:
      guard value.isFinite, value != 0 else { return .float(Double(value)) }
      let shortest = ShortestDecimal(value)
      guard let number = shortest.double else { throw malformed }
      return .float(value.sign == .minus ? -number : number)
    default: throw otherType
    }
  }
}
