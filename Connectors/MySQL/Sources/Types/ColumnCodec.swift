internal import MillraceCore

/// How the values of one column become slots: chosen once per column, a plain value afterwards.
///
/// Has two entries. `decode(row:as:)` reads a value of a row image, as the log has it; `decode(text:)` a value of a text-protocol
/// result under `SET NAMES utf8mb4` and time zone `+00:00`, as the snapshot has it. Both meet in the same slot.
struct ColumnCodec: BitwiseCopyable, Sendable, Equatable {
  /// The slot written; each handling mode has cases of its own.
  enum Form: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case signed, unsigned
    /// BIGINT UNSIGNED as a decimal.
    case unsignedDecimal
    /// A number that is not 0; or that is greater, as a boolean or as 1 and 0.
    case boolean, positive, sign
    case float32, float64
    /// A decimal of `parameter` fraction digits: the unscaled value, a floating-point number, or plain text.
    case decimal, decimalFloat, decimalText
    /// BIT(1), and BIT(n): `parameter` bytes, the lowest first.
    case bit, bits
    case year
    /// Days since the epoch, or `2024-02-29Z`.
    case date, dateText
    /// TIME in microseconds or nanoseconds, negative or beyond a day as it comes.
    case timeMicros, timeNanos
    /// TIME in milliseconds since midnight, or `13:14:15.12Z`: of one day only, its end included.
    case timeMillis, timeText
    /// DATETIME in milliseconds, microseconds or nanoseconds since the epoch, or `2024-02-29T13:14:15.12Z`.
    case datetimeMillis, datetimeMicros, datetimeNanos, datetimeText
    /// TIMESTAMP: text in UTC with `parameter` fraction digits, or without zeros at the end.
    case timestamp, timestampShort
    /// Text of `charset`.
    case text
    /// Bytes, filled up with zeros to `parameter`, as `binary` has them.
    case bytes
    case enumeration, set
    case json
    /// x, y, WKB, SRID; and WKB, SRID.
    case point, geometry
    /// An array of floats.
    case vector
    /// MariaDB's, as text.
    case uuid, inet4, inet6
  }

  var form: Form
  var parameter: Int32
  var charset = Charset.utf8mb4
  var binary = BinaryMode.bytes
  /// Whether years before 100 are those of this century and the last (`enable.time.adjuster`).
  var adjustsYears = true

  init(_ form: Form, parameter: Int = 0) {
    self.form = form
    self.parameter = Int32(clamping: parameter)
  }

  /// Reads one value of a row image. What it needs is appended to the batch's arena and slots; a caller that is filling a run of
  /// slots of its own must have made that run before. After a failure the batch may hold bytes that nothing refers to; the cursor is
  /// then behind the value, unless the failure is `truncated`.
  ///
  /// - Parameters:
  ///   - members: those of an ENUM or SET.
  ///   - table: that of `charset`.
  func decode(
    row: inout RowCursor, as image: ImageColumn, members: MemberTexts? = nil, table: CharsetTable? = nil,
    into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    switch image.kind {
    case .tiny: return try integer(&row, 1, into: &batch)
    case .short: return try integer(&row, 2, into: &batch)
    case .int24: return try integer(&row, 3, into: &batch)
    case .long: return try integer(&row, 4, into: &batch)
    case .longlong: return try integer(&row, 8, into: &batch)
    case .varchar, .varString, .string, .blob, .tinyBlob, .mediumBlob, .longBlob, .json, .geometry, .vector:
      guard let bytes = row.counted(image.lengthBytes) else { throw truncated }
      return try stored(bytes, table, into: &batch)
    case .varcharCompressed, .blobCompressed:
      guard row.counted(image.lengthBytes) != nil else { throw truncated }
      throw malformed
    case .date, .newdate, .time, .time2, .datetime, .datetime2, .timestamp, .timestamp2, .year:
      return try temporal(&row, image, into: &batch)
    case .newdecimal: return try decimal(&row, image, into: &batch)
    case .float:
      guard let bits = row.little(4) else { throw truncated }
      return try float(Float(bitPattern: UInt32(bits)))
    case .double:
      guard let bits = row.little(8) else { throw truncated }
      guard form == .float32 || form == .float64 else { throw otherType }
      return .float(Double(bitPattern: bits))
    case .bit:
      guard let bytes = row.take((Int(image.size) &+ 7) / 8) else { throw truncated }
      return try bitString(bytes, into: &batch)
    case .enum:
      guard let value = row.little(Int(image.size)) else { throw truncated }
      guard form == .enumeration, let members else { throw otherType }
      return members.member(value, into: &batch)
    case .set:
      guard let value = row.little(Int(image.size)) else { throw truncated }
      guard form == .set, let members else { throw otherType }
      return members.set(value, into: &batch)
    case .null: return .null
    case .decimal, .typedArray: throw truncated
    }
  }

  /// Reads one value of a text-protocol result.
  func decode(text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    switch form {
    case .text, .enumeration, .set, .json, .uuid, .inet4, .inet6: return batch.text(text)
    case .signed, .unsigned, .unsignedDecimal, .boolean, .positive, .sign, .year: return try integer(text, into: &batch)
    case .float32:
      guard let value = FloatText.float(text) else { throw malformed }
      return .float(Double(value))
    case .float64, .decimalFloat:
      guard let value = FloatText.double(text) else { throw malformed }
      return .float(value)
    case .decimal, .decimalText: return try decimal(text, into: &batch)
    case .bit, .bits: return try bitString(text, into: &batch)
    case .date, .dateText, .timeMillis, .timeMicros, .timeNanos, .timeText, .datetimeMillis, .datetimeMicros, .datetimeNanos,
      .datetimeText, .timestamp, .timestampShort:
      return try temporal(text, into: &batch)
    case .bytes, .point, .geometry, .vector: return try stored(text, nil, into: &batch)
    }
  }

  @inline(__always) var truncated: DecodingFailure { DecodingFailure(.truncated, form) }
  @inline(__always) var malformed: DecodingFailure { DecodingFailure(.malformed, form) }
  @inline(__always) var otherType: DecodingFailure { DecodingFailure(.otherType, form) }
  @inline(__always) var outOfRange: DecodingFailure { DecodingFailure(.outOfRange, form) }
}
