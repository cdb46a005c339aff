internal import MillraceCore

/// How the text of one column becomes slots: chosen once per column, a plain value afterwards.
///
/// Takes PostgreSQL's text output under DateStyle ISO, IntervalStyle postgres, TimeZone UTC, extra_float_digits 3 (or 1),
/// bytea_output hex and client_encoding UTF8: what pgoutput sends, and COPY's text after its own escapes are undone. Snapshot
/// and stream therefore agree by construction.
struct ColumnCodec: BitwiseCopyable, Sendable, Equatable {
  /// The text form read and the slot written; each handling mode has cases of its own.
  enum Form: UInt8, BitwiseCopyable, Sendable, CaseIterable {
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
    /// `numeric` as a floating-point number, or as plain text of at least `parameter` fraction digits.
    case decimalFloat, decimalText
    /// A decimal of `parameter` fraction digits out of a locale's own notation.
    case money
    /// `money` as a floating-point number, or as plain text with the server's fraction digits.
    case moneyFloat, moneyText
    /// Any text, as it is.
    case text
    case bytea
    /// `bytea` as text.
    case byteaBase64, byteaBase64URL, byteaHex
    /// Bits, the lowest byte first, without zero bytes at the end.
    case bits
    /// Days since the epoch.
    case date
    /// `2024-02-29Z`.
    case dateText
    /// Milliseconds, microseconds or nanoseconds since midnight, or `13:14:15.12Z`.
    case timeMillis, timeMicros, timeNanos, timeText
    /// Text in UTC.
    case timetz
    /// Milliseconds, microseconds or nanoseconds since the epoch, or `2024-02-29T13:14:15.12Z`.
    case timestampMillis, timestampMicros, timestampNanos, timestampText
    /// Text in UTC with `parameter` fraction digits.
    case timestamptz
    /// Microseconds, a month being 30.4375 days.
    case interval
    /// `P1Y2M3DT4H5M6.789S`.
    case intervalText
    /// x, y, WKB, SRID.
    case point
    /// JSON text, or a map of texts.
    case hstore, hstoreMap
    /// PostGIS: EWKB and SRID.
    case geometry
    /// pgvector: an array of numbers; or the number of dimensions and a map of those that are not zero.
    case denseVector, sparseVector
    /// `int2vector` and `oidvector`: numbers with blanks between.
    case vector
    /// An array of `element`.
    case array
    /// A type that has no mapping, with `include.unknown.datatypes`: its text as bytes, or these as text.
    case raw, rawBase64, rawBase64URL, rawHex
  }

  var form: Form
  /// What the elements of an array are.
  var element: Form
  /// Scale or fraction digits of the form, or of the elements.
  var parameter: Int32
  /// Whether the elements may be null.
  var hasOptionalElements: Bool
  /// What stands between the elements of an array (`typdelim`).
  var delimiter = UInt8(ascii: ",")
  /// Whether the column's schema is required, so that a value without a slot of its own (`NaN` as a decimal) is an error.
  var isRequired = false

  init(_ form: Form, parameter: Int = 0) {
    self.form = form
    element = form
    self.parameter = Int32(clamping: parameter)
    hasOptionalElements = true
  }

  /// Whether it reads one value without the help of `element`.
  var isScalar: Bool { form != .array && form != .vector }

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
    case .decimal: return try NumericText.decimal(text, scale: Int(parameter), into: &batch)
    case .variableDecimal: return try NumericText.variableScale(text, into: &batch)
    case .decimalFloat: return try NumericText.float(text)
    case .decimalText: return try NumericText.plain(text, scale: Int(parameter), into: &batch)
    case .money: return try NumericText.money(text, scale: Int(parameter), into: &batch)
    case .moneyFloat: return try NumericText.moneyFloat(text, into: &batch)
    case .moneyText: return try NumericText.moneyText(text, into: &batch)
    case .timestamptz: return try TemporalText.zonedTimestamp(text, digits: Int(parameter), into: &batch)
    case .timestampMicros: return try TemporalText.timestamp(text, perSecond: 1_000_000, form)
    case .timestampMillis: return try TemporalText.timestamp(text, perSecond: 1000, form)
    case .timestampNanos: return try TemporalText.timestampNanos(text)
    case .timestampText: return try TemporalText.timestampText(text, into: &batch)
    case .date: return try TemporalText.date(text)
    case .dateText: return try TemporalText.dateText(text, into: &batch)
    case .timeMicros: return try TemporalText.time(text, perSecond: 1_000_000, form)
    case .timeMillis: return try TemporalText.time(text, perSecond: 1000, form)
    case .timeNanos: return try TemporalText.timeNanos(text)
    case .timeText: return try TemporalText.timeText(text, into: &batch)
    case .timetz: return try TemporalText.zonedTime(text, into: &batch)
    case .interval: return try TemporalText.interval(text)
    case .intervalText: return try TemporalText.intervalText(text, into: &batch)
    case .bytea: return try BinaryText.bytea(text, into: &batch)
    case .byteaBase64: return try BinaryText.byteaText(text, .base64, form, into: &batch)
    case .byteaBase64URL: return try BinaryText.byteaText(text, .base64URLSafe, form, into: &batch)
    case .byteaHex: return try BinaryText.byteaText(text, .hex, form, into: &batch)
    case .bits: return try BinaryText.bits(text, into: &batch)
    case .point: return try BinaryText.point(text, into: &batch)
    case .hstore: return try HstoreText.json(text, into: &batch)
    case .hstoreMap: return try HstoreText.map(text, into: &batch)
    case .geometry: return try BinaryText.geometry(text, into: &batch)
    case .denseVector: return try VectorText.dense(text, isSingle: parameter == 4, into: &batch)
    case .sparseVector: return try VectorText.sparse(text, into: &batch)
    case .raw: return batch.bytes(text)
    case .rawBase64: return batch.binary(text, .base64)
    case .rawBase64URL: return batch.binary(text, .base64URLSafe)
    case .rawHex: return batch.binary(text, .hex)
    case .vector, .array: throw DecodingFailure(.malformed, form)
    }
  }
}
