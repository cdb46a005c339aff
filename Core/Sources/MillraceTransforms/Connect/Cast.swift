public import MillraceCore
internal import MillraceFormats

/// Kafka Connect's `Cast`: fields, or the whole key or value, as another plain type.
public enum Cast {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init(
      "spec", required: true,
      "Fields and their types, as field:type,…; or one type for the whole key or value. Types: \(CastTarget.allCases.map(\.rawValue).joined(separator: ", "))."),
    .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    var fields: [String: CastTarget] = [:]
    var whole: CastTarget?
    let items = configuration.requiredList("spec", "write field:type,…, or one type for the whole \(side)")
    for item in items {
      let parts = item.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmed }
      guard parts.count <= 2, let target = CastTarget(rawValue: parts[parts.count - 1].lowercased()) else {
        configuration.report(
          Finding(
            key: "spec", problem: "\"\(item)\" names no type",
            advice: "write field:type with one of \(CastTarget.allCases.map(\.rawValue).joined(separator: ", "))"))
        continue
      }
      if parts.count == 2 { fields[parts[0]] = target } else { whole = target }
    }
    if whole != nil, items.count > 1 {
      configuration.report(
        Finding(key: "spec", problem: "has a type for the whole \(side) beside others", advice: "name the field of each type, or leave one type alone"))
    }
    return SchemaTransform(CastWork(side: side, fields: fields, whole: whole, replacesNull: configuration.replacesNull))
  }
}

/// What can be cast to.
enum CastTarget: String, CaseIterable, Sendable {
  case int8, int16, int32, int64, float32, float64, boolean, string

  var kind: Schema.Kind {
    switch self {
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .float32: .float32
    case .float64: .float64
    case .boolean: .boolean
    case .string: .string
    }
  }
}

struct CastWork: SchemaWork {
  let name = "Cast"
  let side: RecordSide
  let fields: [String: CastTarget]
  let whole: CastTarget?
  let replacesNull: Bool

  struct Plan: Sendable {
    let schema: Schema
    /// nil for the whole key or value.
    let copy: StructCopy?
    let casts: [(field: Int, name: String, conversion: CastConversion)]
  }

  struct Entry {
    let schema: UInt32
    let copy: StructCopy?
    let casts: [(field: Int, name: String, conversion: CastConversion)]
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    if let whole {
      let conversion = CastConversion(from: schema, to: whole)
      let fallback = try schema.substitute.map { value throws(MillraceError) in try converted(value, conversion, "the \(side)") }
      return Plan(
        schema: schema.basics(whole.kind, optional: schema.isOptional, defaultValue: fallback), copy: nil,
        casts: [(0, "the \(side)", conversion)])
    }
    var all = try requireFields(schema)
    let copy = StructCopy(of: all, replacesNull: replacesNull)
    var casts: [(field: Int, name: String, conversion: CastConversion)] = []
    for (index, field) in all.enumerated() {
      guard let target = fields[field.name] else { continue }
      let conversion = CastConversion(from: field.schema, to: target)
      casts.append((index, field.name, conversion))
      let fallback = try field.schema.substitute.map { value throws(MillraceError) in try converted(value, conversion, field.name) }
      all[index] = Schema.Field(field.name, Schema(target.kind, optional: field.schema.isOptional, defaultValue: fallback))
    }
    return Plan(
      schema: schema.basics(.structure(all), optional: schema.isOptional, defaultValue: schema.substitute), copy: copy, casts: casts)
  }

  /// A default under its new type.
  private func converted(_ value: Value, _ conversion: CastConversion, _ name: String) throws(MillraceError) -> Value {
    var batch = RecordBatch(capacity: 256)
    let slot = batch.slot(value)
    do throws(CastConversion.Failure) {
      return batch.value(try conversion.apply(slot, in: &batch))
    } catch {
      throw failure(error, name)
    }
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    Entry(schema: batch.intern(schema: plan.schema), copy: plan.copy, casts: plan.casts)
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    guard let copy = entry.copy else {
      for cast in entry.casts {
        batch.records[index].set(side, try convert(slot, cast.conversion, cast.name, &batch), schema: entry.schema)
      }
      return
    }
    let first = copy.append(slot, to: &batch)
    for cast in entry.casts {
      let result = try convert(batch.slots[first + cast.field], cast.conversion, cast.name, &batch)
      batch.slots[first + cast.field] = result
    }
    batch.records[index].set(side, .structure(first: first, count: copy.kept.count), schema: entry.schema)
  }

  private func convert(
    _ slot: Slot, _ conversion: CastConversion, _ name: String, _ batch: inout RecordBatch
  ) throws(MillraceError) -> Slot {
    do throws(CastConversion.Failure) { return try conversion.apply(slot, in: &batch) } catch { throw failure(error, name) }
  }

  private func failure(_ error: CastConversion.Failure, _ name: String) -> MillraceError {
    switch error {
    case .type:
      failure("Cast.type", "\(name) has a type that cannot be cast so", advice: "cast whole numbers, floats, booleans and texts; bytes only to string")
    case .value:
      failure("Cast.value", "a value of \(name) is no such number, or is out of its range", advice: "cast to a wider type, or choose the records by a predicate")
    }
  }
}

/// How values of one schema become another plain type, by the rules of Java's casts.
struct CastConversion: Sendable {
  enum Failure: Error { case type, value }

  private enum Source: Sendable {
    case integer, float32, float64, boolean, string, bytes
    case decimal(scale: Int)
    case time(Schema)
    case other
  }

  private let source: Source
  private let target: CastTarget

  init(from schema: Schema, to target: CastTarget) {
    self.target = target
    switch schema.kind {
    case .int8, .int16, .int32, .int64:
      source = ConnectTime.milliseconds(0, schema) == nil ? .integer : .time(schema)
    case .float32: source = .float32
    case .float64: source = .float64
    case .boolean: source = .boolean
    case .string: source = .string
    case .bytes:
      source = schema.isDecimal ? .decimal(scale: schema.scale) : .bytes
    case .array, .map, .structure: source = .other
    }
  }

  func apply(_ slot: Slot, in batch: inout RecordBatch) throws(Failure) -> Slot {
    if slot.isNull { return slot }
    if slot.kind == .unavailable {
      // The placeholder is a text; it is no number.
      if target == .string, case .string = source { return slot }
      throw .value
    }
    switch source {
    case .integer: return integer(slot.integer, &batch)
    case .time(let schema):
      if target == .string {
        return batch.text(CastConversion.timeText(ConnectTime.milliseconds(slot.integer, schema) ?? slot.integer))
      }
      return integer(slot.integer, &batch)
    case .float32: return float(slot.float, isSingle: true, &batch)
    case .float64: return float(slot.float, isSingle: false, &batch)
    case .boolean:
      switch target {
      case .boolean: return slot
      case .string: return batch.text(slot.boolean ? "true" : "false")
      case .float32, .float64: return .float(slot.boolean ? 1 : 0)
      default: return .integer(slot.boolean ? 1 : 0)
      }
    case .string: return try text(slot, &batch)
    case .bytes:
      guard target == .string else { throw .type }
      let bytes = batch.arena.withBytes(at: slot.offset, length: slot.count) { Array($0) }
      return batch.text(JavaText.base64(bytes))
    case .decimal(let scale): return try decimal(slot, scale, &batch)
    case .other: throw .type
    }
  }

  private func integer(_ value: Int64, _ batch: inout RecordBatch) -> Slot {
    switch target {
    case .int8: .integer(Int64(Int8(truncatingIfNeeded: value)))
    case .int16: .integer(Int64(Int16(truncatingIfNeeded: value)))
    case .int32: .integer(Int64(Int32(truncatingIfNeeded: value)))
    case .int64: .integer(value)
    case .float32: .float(Double(Float(value)))
    case .float64: .float(Double(value))
    case .boolean: .boolean(value != 0)
    case .string: batch.text(String(value))
    }
  }

  private func float(_ value: Double, isSingle: Bool, _ batch: inout RecordBatch) -> Slot {
    switch target {
    // A float goes by way of int to the narrower ones.
    case .int8: .integer(Int64(Int8(truncatingIfNeeded: JavaNumber.saturated(value, as: Int32.self))))
    case .int16: .integer(Int64(Int16(truncatingIfNeeded: JavaNumber.saturated(value, as: Int32.self))))
    case .int32: .integer(Int64(JavaNumber.saturated(value, as: Int32.self)))
    case .int64: .integer(JavaNumber.saturated(value, as: Int64.self))
    case .float32: .float(Double(Float(value)))
    case .float64: .float(value)
    case .boolean: .boolean(JavaNumber.saturated(value, as: Int64.self) != 0)
    case .string: isSingle ? batch.text(JavaText.float(Float(value))) : batch.text(JavaText.float(value))
    }
  }

  private func text(_ slot: Slot, _ batch: inout RecordBatch) throws(Failure) -> Slot {
    if target == .string { return slot }
    let text = batch.string(slot)
    func parsed<Number: FixedWidthInteger>(_ type: Number.Type) throws(Failure) -> Slot {
      guard let number = Number(text) else { throw .value }
      return .integer(Int64(number))
    }
    switch target {
    case .int8: return try parsed(Int8.self)
    case .int16: return try parsed(Int16.self)
    case .int32: return try parsed(Int32.self)
    case .int64: return try parsed(Int64.self)
    case .boolean: return .boolean(text.lowercased() == "true")
    case .float32, .float64:
      guard let number = JavaNumber.double(text) else { throw .value }
      return .float(target == .float32 ? Double(Float(number)) : number)
    case .string: return slot
    }
  }

  private func decimal(_ slot: Slot, _ scale: Int, _ batch: inout RecordBatch) throws(Failure) -> Slot {
    let text =
      slot.kind == .integer
      ? JavaText.decimal(unscaled: slot.integer, scale: scale)
      : batch.arena.withBytes(at: slot.offset, length: slot.count) { JavaText.decimal(unscaled: Array($0), scale: scale) }
    switch target {
    case .string: return batch.text(text)
    case .float32: return .float(Float(text).map(Double.init) ?? .nan)
    case .float64: return .float(Double(text) ?? .nan)
    default:
      guard let number = JavaNumber.decimal(text) else { throw .value }
      return integer(number.truncated, &batch)
    }
  }

  /// A date alone, a time alone or both, as Connect chooses by the value.
  private static func timeText(_ milliseconds: Int64) -> String {
    let pattern =
      milliseconds < ConnectTime.millisecondsPerDay
      ? "HH:mm:ss.SSS'Z'" : milliseconds % ConnectTime.millisecondsPerDay == 0 ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"
    return JavaDateFormat(pattern)?.text(milliseconds) ?? ""
  }
}
