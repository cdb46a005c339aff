public import MillraceCore

/// Kafka Connect's `TimestampConverter`: times as text, as a number, or as Connect's Date, Time or Timestamp.
public enum TimestampConverter {
  public static let options: [ConfigurationOption] = [
    .init("field", default: "", "The field; empty for the whole key or value."),
    .init("target.type", .choice(["string", "unix", "date", "time", "timestamp"]), required: true, "string, unix, Date, Time or Timestamp."),
    .init("format", default: "", "A pattern of Java's SimpleDateFormat, to write and to read texts, in UTC."),
    .init(
      "unix.precision", .choice(["seconds", "milliseconds", "microseconds", "nanoseconds"]), default: "milliseconds",
      "The unit of numbers, written and read."),
    .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    if configuration["target.type"] == nil { _ = configuration.required("target.type", "write string, unix, Date, Time or Timestamp") }
    let target = configuration.choice("target.type", default: TimestampForm.timestamp)
    let format = configuration.dateFormat("format")
    if target == .string, configuration["format"]?.trimmed.isEmpty != false {
      configuration.report(Finding(key: "format", problem: "is missing, and the target is a string", advice: "write format=yyyy-MM-dd'T'HH:mm:ss.SSS'Z', for example"))
    }
    let field = configuration.string("field").flatMap { $0.isEmpty ? nil : $0 }
    return SchemaTransform(
      TimestampConverterWork(
        side: side, field: field, target: target, format: format, unit: configuration.choice("unix.precision", default: UnixUnit.milliseconds),
        replacesNull: configuration.replacesNull))
  }
}

enum TimestampForm: String, CaseIterable, Sendable {
  case string, unix, date, time, timestamp

  func schema(optional: Bool) -> Schema {
    switch self {
    case .string: optional ? .optionalString : .string
    case .unix: optional ? .optionalInt64 : .int64
    case .date: ConnectTime.date(optional: optional)
    case .time: ConnectTime.time(optional: optional)
    case .timestamp: ConnectTime.timestamp(optional: optional)
    }
  }

  /// What a schema holds; nil where it is no time.
  init?(of schema: Schema) {
    switch schema.name {
    case ConnectTime.timestampName: self = .timestamp
    case ConnectTime.dateName: self = .date
    case ConnectTime.timeName: self = .time
    default:
      switch schema.kind {
      case .string: self = .string
      case .int64: self = .unix
      default: return nil
      }
    }
  }
}

enum UnixUnit: String, CaseIterable, Sendable {
  case seconds, milliseconds, microseconds, nanoseconds

  /// To milliseconds: cut towards zero, and held at the ends of the range, as Java's TimeUnit does it.
  func milliseconds(_ value: Int64) -> Int64 {
    switch self {
    case .seconds: UnixUnit.multiplied(value, 1000)
    case .milliseconds: value
    case .microseconds: value / 1000
    case .nanoseconds: value / 1_000_000
    }
  }

  func value(_ milliseconds: Int64) -> Int64 {
    switch self {
    case .seconds: milliseconds / 1000
    case .milliseconds: milliseconds
    case .microseconds: UnixUnit.multiplied(milliseconds, 1000)
    case .nanoseconds: UnixUnit.multiplied(milliseconds, 1_000_000)
    }
  }

  private static func multiplied(_ value: Int64, _ factor: Int64) -> Int64 {
    let (product, overflow) = value.multipliedReportingOverflow(by: factor)
    return overflow ? (value < 0 ? .min : .max) : product
  }
}

struct TimestampConverterWork: SchemaWork {
  let name = "TimestampConverter"
  let side: RecordSide
  let field: String?
  let target: TimestampForm
  let format: JavaDateFormat?
  let unit: UnixUnit
  let replacesNull: Bool
  var nulls: NullHandling { .apply }

  struct Plan: Sendable {
    let schema: Schema
    let source: TimestampForm
    /// nil for the whole key or value.
    let copy: StructCopy?
    let place: Int
  }

  struct Entry {
    let schema: UInt32
    let source: TimestampForm
    let copy: StructCopy?
    let place: Int
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    guard let field else {
      return Plan(schema: target.schema(optional: schema.isOptional), source: try source(schema), copy: nil, place: 0)
    }
    var all = try requireFields(schema)
    let copy = StructCopy(of: all, replacesNull: replacesNull)
    guard let place = schema.index(of: field) else {
      // Nothing to convert: the struct is copied all the same, under its basics.
      return Plan(schema: schema.basics(schema.kind, optional: schema.isOptional), source: target, copy: copy, place: -1)
    }
    let source = try source(all[place].schema)
    all[place] = Schema.Field(field, target.schema(optional: all[place].schema.isOptional))
    return Plan(schema: schema.basics(.structure(all), optional: schema.isOptional), source: source, copy: copy, place: place)
  }

  private func source(_ schema: Schema) throws(MillraceError) -> TimestampForm {
    guard let source = TimestampForm(of: schema) else {
      throw failure("TimestampConverter.type", "\(field ?? "the \(side)") is no time", advice: "convert texts, int64, Date, Time or Timestamp")
    }
    if source == .string, format == nil {
      throw failure("TimestampConverter.format", "\(field ?? "the \(side)") is a text, and there is no format to read it by", advice: "give format")
    }
    return source
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    Entry(schema: batch.intern(schema: plan.schema), source: plan.source, copy: plan.copy, place: plan.place)
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    guard let copy = entry.copy, slot.kind == .structure else {
      batch.records[index].set(side, try converted(slot, entry.source, &batch), schema: entry.schema)
      return
    }
    let first = copy.append(slot, to: &batch)
    if entry.place >= 0 {
      let result = try converted(batch.slots[first + entry.place], entry.source, &batch)
      batch.slots[first + entry.place] = result
    }
    batch.records[index].set(side, .structure(first: first, count: copy.kept.count), schema: entry.schema)
  }

  private func converted(_ slot: Slot, _ source: TimestampForm, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    if slot.isNull { return slot }
    let milliseconds: Int64
    switch source {
    case .string:
      guard slot.kind == .text, let parsed = format?.milliseconds(batch.string(slot)) else {
        throw failure("TimestampConverter.text", "a text of \(field ?? "the \(side)") does not match the format", advice: "correct format, or choose the records by a predicate")
      }
      milliseconds = parsed
    case .unix: milliseconds = unit.milliseconds(slot.integer)
    case .date: milliseconds = slot.integer &* ConnectTime.millisecondsPerDay
    case .time, .timestamp: milliseconds = slot.integer
    }
    let day = Clock.floorDivide(milliseconds, ConnectTime.millisecondsPerDay)
    switch target {
    case .string: return batch.text(format?.text(milliseconds) ?? "")
    case .unix: return .integer(unit.value(milliseconds))
    case .date: return .integer(day)
    case .time: return .integer(milliseconds - day * ConnectTime.millisecondsPerDay)
    case .timestamp: return .integer(milliseconds)
    }
  }
}
