internal import MillraceCore

/// The layout that nearly all timestamps have, `YYYY-MM-DD HH:MM:SS`, read eight bytes at a time.
extension TemporalText {
  /// Whether every byte is a digit's distance from "0", and nothing is left where separators stand.
  @inline(__always) private static func isProper(_ word: UInt64, separators: UInt64) -> Bool {
    ((word &+ 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080 == 0 && word & separators == 0
  }

  @inline(__always) private static func pair(_ word: UInt64, _ byte: UInt64) -> Int {
    Int(truncatingIfNeeded: (word >> (byte &* 8)) & 0xFF) &* 10 &+ Int(truncatingIfNeeded: (word >> (byte &* 8 &+ 8)) & 0xFF)
  }

  /// Reads the first 19 bytes; false where they are not of this layout or no time of day.
  @inline(__always) static func readFixed(_ text: UnsafeRawBufferPointer, _ moment: inout Moment) -> Bool {
    guard text.count >= 19 else { return false }
    let date = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: 0, as: UInt64.self)) ^ 0x2D30_302D_3030_3030
    let middle = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) ^ 0x3030_3A30_3020_3030
    let time = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: 11, as: UInt64.self)) ^ 0x3030_3A30_303A_3030
    guard isProper(date, separators: 0xFF00_00FF_0000_0000), isProper(middle, separators: 0x0000_FF00_00FF_0000),
      isProper(time, separators: 0x0000_FF00_00FF_0000)
    else { return false }
    moment.year = pair(date, 0) &* 100 &+ pair(date, 2)
    moment.month = pair(date, 5)
    moment.day = pair(middle, 0)
    moment.hour = pair(time, 0)
    moment.minute = pair(time, 3)
    moment.second = pair(time, 6)
    return moment.month > 0 && moment.month <= 12 && moment.day > 0 && moment.day <= 31 && moment.hour < 24
      && moment.minute < 60 && moment.second < 60
  }

  /// A timestamp of this layout in UTC, its bytes copied: nil where the longer way has to be gone.
  @inline(__always) static func fixedZonedTimestamp(
    _ text: UnsafeRawBufferPointer, digits: Int, into batch: inout RecordBatch
  ) -> Slot? {
    var moment = Moment()
    let end = text.count &- 3
    guard end >= 19, text[end] == UInt8(ascii: "+"), text[end &+ 1] == 48, text[end &+ 2] == 48, readFixed(text, &moment),
      moment.year > 0, isProperDay(moment)
    else { return nil }
    let fraction = end == 19 ? 0 : end &- 20
    guard fraction <= digits, end == 19 || (fraction > 0 && text[19] == UInt8(ascii: ".")) else { return nil }
    for index in 0..<fraction where text[20 &+ index] &- 48 > 9 { return nil }
    let length = digits == 0 ? 20 : 21 &+ digits
    let at = batch.arena.count
    batch.arena.appendWith(maximum: length) { memory in
      memory.storeBytes(of: text.loadUnaligned(fromByteOffset: 0, as: UInt64.self), toByteOffset: 0, as: UInt64.self)
      memory.storeBytes(of: text.loadUnaligned(fromByteOffset: 8, as: UInt64.self), toByteOffset: 8, as: UInt64.self)
      memory.storeBytes(of: text.loadUnaligned(fromByteOffset: 15, as: UInt32.self), toByteOffset: 15, as: UInt32.self)
      memory[10] = UInt8(ascii: "T")
      if digits > 0 {
        memory[19] = UInt8(ascii: ".")
        for index in 0..<digits { memory[20 &+ index] = index < fraction ? text[20 &+ index] : 48 }
      }
      memory[length &- 1] = UInt8(ascii: "Z")
      return length
    }
    return .text(offset: at, length: length)
  }
}
