internal import MillraceCore

/// How the text of one column becomes slots: chosen once per column, a plain value afterwards.
///
/// Takes PostgreSQL's text output under DateStyle ISO, IntervalStyle postgres, TimeZone UTC, extra_float_digits 3 (or 1),
/// bytea_output hex and client_encoding UTF8: what pgoutput sends, and COPY's text after its own escapes are undone. Snapshot
/// and stream therefore agree by construction.
struct ColumnCodec: BitwiseCopyable, Sendable, Equatable {
  /// The text form read and the slot written. Other handling modes (decimals as text, ISO times, hstore as map) are
  /// further cases.
  enum Form: UInt8, BitwiseCopyable, Sendable {
    /// `t`, `f`.
    case boolean
    /// `bit(1)`: `0`, `1`.
    case bit
    case int2, int4, int8, oid
    case float4, float8
    /// A decimal of `parameter` fraction digits: the unscaled value.
    case decimal
    /// `numeric` without a scale: a struct of scale and unscaled bytes.
    case variableDecimal
    /// A decimal of `parameter` fraction digits out of a locale's own notation.
    case money
    /// Any text, as it is.
    case text
    case bytea
    /// Bits, the lowest byte first, without zero bytes at the end.
    case bits
    /// Days since the epoch.
    case date
    /// Milliseconds or microseconds since midnight.
    case timeMillis, timeMicros
    /// Text in UTC.
    case timetz
    /// Milliseconds or microseconds since the epoch.
    case timestampMillis, timestampMicros
    /// Text in UTC with `parameter` fraction digits.
    case timestamptz
    /// Microseconds, a month being 30.4375 days.
    case interval
    /// x, y, WKB, SRID.
    case point
    /// JSON text.
    case hstore
    /// `int2vector` and `oidvector`: numbers with blanks between.
    case vector
    /// An array of `element`.
    case array
    /// The text as bytes: a type that has no mapping, with `include.unknown.datatypes`.
    case raw
  }

  var form: Form
  /// What the elements of an array are.
  var element: Form
  /// Scale or fraction digits of the form, or of the elements.
  var parameter: Int32
  /// Whether the elements may be null.
  var hasOptionalElements: Bool
  /// Whether the column's schema is required, so that a value without a slot of its own (`NaN` as a decimal) is an error.
  var isRequired = false

  init(_ form: Form, parameter: Int = 0) {
    self.form = form
    element = form
    self.parameter = Int32(clamping: parameter)
    hasOptionalElements = true
  }

  /// An array of what `element` reads.
  init(arrayOf element: ColumnCodec, optionalElements: Bool) {
    form = .array
    self.element = element.form
    parameter = element.parameter
    hasOptionalElements = optionalElements
  }

  /// Reads one value. What it needs is appended to the batch's arena and slots; a caller that is filling a run of slots of its
  /// own must have made that run before. After a failure the batch may hold bytes that nothing refers to.
  func decode(_ text: UnsafeRawBufferPointer, into batch: inout RecordBatch) throws(DecodingFailure) -> Slot {
    switch form {
    case .text: return batch.text(text)
    case .array: return try PostgresArrayLiteral.decode(text, codec: self, into: &batch)
    case .vector: return try PostgresArrayLiteral.decodeVector(text, into: &batch)
    default:
      let slot = try Self.decodeScalar(text, as: form, parameter: parameter, into: &batch)
      if isRequired, slot.isNull { throw DecodingFailure(.outOfRange, form) }
      return slot
    }
  }

  static func decodeScalar(
    _ text: UnsafeRawBufferPointer, as form: Form, parameter: Int32, into batch: inout RecordBatch
  ) throws(DecodingFailure) -> Slot {
    switch form {
    case .text: return batch.text(text)
    case .int4: return try integer(text, in: -2_147_483_648, 2_147_483_647, form)
    case .int8: return try integer(text, in: .min, .max, form)
    case .int2: return try integer(text, in: -32768, 32767, form)
    case .oid: return try integer(text, in: 0, 4_294_967_295, form)
    case .boolean: return try boolean(text, true: UInt8(ascii: "t"), false: UInt8(ascii: "f"), form)
    case .bit: return try bit(text)
    case .float4: return .float(Double(try float4(text)))
    case .float8: return .float(try float8(text))
    case .decimal: return try DecimalText.decimal(text, scale: Int(parameter), into: &batch)
    case .variableDecimal: return try DecimalText.variableScale(text, into: &batch)
    case .money: return try DecimalText.money(text, scale: Int(parameter))
    case .timestamptz: return try TemporalText.zonedTimestamp(text, digits: Int(parameter), into: &batch)
    case .timestampMicros: return try TemporalText.timestamp(text, perSecond: 1_000_000, form)
    case .timestampMillis: return try TemporalText.timestamp(text, perSecond: 1000, form)
    case .date: return try TemporalText.date(text)
    case .timeMicros: return try TemporalText.time(text, perSecond: 1_000_000, form)
    case .timeMillis: return try TemporalText.time(text, perSecond: 1000, form)
    case .timetz: return try TemporalText.zonedTime(text, into: &batch)
    case .interval: return try TemporalText.interval(text)
    case .bytea: return try BinaryText.bytea(text, into: &batch)
    case .bits: return try BinaryText.bits(text, into: &batch)
    case .point: return try BinaryText.point(text, into: &batch)
    case .hstore: return try HstoreText.json(text, into: &batch)
    case .raw: return batch.bytes(text)
    case .vector, .array: throw DecodingFailure(.malformed, form)
    }
  }
}
