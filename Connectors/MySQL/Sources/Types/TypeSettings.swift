internal import MillraceCore

/// The settings that decide how types are mapped. They are read once; what they choose is a codec and a schema per column.
struct TypeSettings: Sendable {
  /// `decimal.handling.mode`.
  enum Decimals: String, CaseIterable, Sendable {
    case precise, double, string
  }

  /// `time.precision.mode`: DATE, TIME and DATETIME. TIMESTAMP is text in each.
  enum Times: String, CaseIterable, Sendable {
    case adaptiveTimeMicroseconds = "adaptive_time_microseconds"
    case connect, isostring, microseconds, nanoseconds
  }

  /// `bigint.unsigned.handling.mode`.
  enum UnsignedBigints: String, CaseIterable, Sendable {
    case long, precise
  }

  var decimals = Decimals.precise
  var times = Times.adaptiveTimeMicroseconds
  var unsignedBigints = UnsignedBigints.long
  var binaries = BinaryMode.bytes
  /// `enable.time.adjuster`: years below 100 are those of this century and the last.
  var adjustsYears = true
  var propagation: SourceTypePropagation?
  var converters = ColumnConverters()

  init() {}

  init(_ configuration: inout Configuration) {
    decimals = configuration.choice("decimal.handling.mode", default: .precise)
    times = configuration.choice("time.precision.mode", default: .adaptiveTimeMicroseconds)
    unsignedBigints = configuration.choice("bigint.unsigned.handling.mode", default: .long)
    binaries = configuration.choice("binary.handling.mode", default: .bytes)
    adjustsYears = configuration.boolean("enable.time.adjuster", default: true)
    propagation = SourceTypePropagation(&configuration)
    converters = ColumnConverters(&configuration)
  }
}
