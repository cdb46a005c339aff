internal import MillraceCore

/// The settings that decide how types are mapped. They are read once; what they choose is a codec and a schema per column.
struct TypeModes: Sendable, Hashable {
  /// `decimal.handling.mode`: numeric and money.
  enum Decimals: String, CaseIterable, Sendable {
    case precise, double, string
  }

  /// `time.precision.mode`: date, time and timestamp. timetz and timestamptz are text in each.
  enum Times: String, CaseIterable, Sendable {
    case adaptive
    case adaptiveTimeMicroseconds = "adaptive_time_microseconds"
    case connect, isostring, microseconds, nanoseconds
  }

  var decimals = Decimals.precise
  var times = Times.adaptive
  /// bytea, types without mapping, the content of logical messages.
  var binaries = BinaryMode.bytes
  /// `hstore.handling.mode=map`; else JSON text.
  var hstoreIsMap = false
  /// `interval.handling.mode=string`; else microseconds.
  var intervalIsText = false
  /// `money.fraction.digits`: the scale of money as a decimal.
  var moneyFractionDigits = 2
  /// `include.unknown.datatypes`: types without a mapping are passed on as bytes instead of being left out.
  var includesUnknownTypes = false

  init() {}

  private enum HstoreMode: String, CaseIterable { case json, map }
  private enum IntervalMode: String, CaseIterable { case numeric, string }

  init(_ configuration: inout Configuration) {
    decimals = configuration.choice("decimal.handling.mode", default: .precise)
    times = configuration.choice("time.precision.mode", default: .adaptive)
    binaries = configuration.choice("binary.handling.mode", default: .bytes)
    hstoreIsMap = configuration.choice("hstore.handling.mode", default: HstoreMode.json) == .map
    intervalIsText = configuration.choice("interval.handling.mode", default: IntervalMode.numeric) == .string
    moneyFractionDigits = configuration.integer("money.fraction.digits", default: 2, in: 0...10)
    includesUnknownTypes = configuration.boolean("include.unknown.datatypes", default: false)
  }
}
