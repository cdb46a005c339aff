public import MillraceCore

/// Kafka Connect's `MaskField`: zeros, empty texts, or a replacement in the place of values.
public enum MaskField {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("fields", required: true, "The fields to mask."),
    .init("replacement", "A number or text that replaces them; without it 0, false, the epoch and empty texts do."), .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    let fields = Set(configuration.requiredList("fields", "list the fields to mask"))
    let replacement = configuration.string("replacement")
    if replacement?.isEmpty == true {
      configuration.report(Finding(key: "replacement", problem: "is empty", advice: "give a number or text, or leave it out"))
    }
    return SchemaTransform(
      MaskFieldWork(side: side, fields: fields, replacement: replacement, replacesNull: configuration.replacesNull))
  }
}

struct MaskFieldWork: SchemaWork {
  let name = "MaskField"
  let side: RecordSide
  let fields: Set<String>
  let replacement: String?
  let replacesNull: Bool
  var nulls: NullHandling { .refuse }

  struct Plan: Sendable {
    let schema: Schema
    let copy: StructCopy
    /// nil: values of this field cannot be masked so.
    let masks: [(field: Int, name: String, value: Value?)]
  }

  struct Entry {
    let schema: UInt32
    let copy: StructCopy
    let masks: [(field: Int, name: String, slot: Slot?)]
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    let all = try requireFields(schema)
    let masks = all.enumerated().filter { fields.contains($0.element.name) }.map { index, field in
      (field: index, name: field.name, value: replacement.map { MaskFieldWork.value($0, field.schema) } ?? MaskFieldWork.zero(field.schema))
    }
    return Plan(schema: schema, copy: StructCopy(of: all, replacesNull: replacesNull), masks: masks)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    var masks: [(field: Int, name: String, slot: Slot?)] = []
    for mask in plan.masks {
      var slot: Slot?
      if let value = mask.value { slot = batch.slot(value) }
      masks.append((mask.field, mask.name, slot))
    }
    return Entry(schema: batch.intern(schema: plan.schema), copy: plan.copy, masks: masks)
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    let first = entry.copy.append(slot, to: &batch)
    for mask in entry.masks where !batch.slots[first + mask.field].isNull {
      guard let slot = mask.slot else {
        throw failure("MaskField.type", "values of \(mask.name) cannot be masked so", advice: "leave out replacement, or mask another field")
      }
      batch.slots[first + mask.field] = slot
    }
    batch.records[index].set(side, .structure(first: first, count: entry.copy.kept.count), schema: entry.schema)
  }

  /// What stands for "nothing" in a type; nil where Connect has nothing.
  private static func zero(_ schema: Schema) -> Value? {
    switch schema.kind {
    case .int8, .int16, .int32, .int64: .integer(0)
    case .float32, .float64: .float(0)
    case .boolean: .boolean(false)
    case .string: .text("")
    // Connect's zero has no scale, and its converter then refuses it; this one is 0 in the column's scale.
    case .bytes: schema.isDecimal ? .integer(0) : nil
    case .array: .array([])
    case .map: .map([])
    case .structure: nil
    }
  }

  /// The replacement as a value of a type; nil where it is none.
  private static func value(_ text: String, _ schema: Schema) -> Value? {
    if ConnectTime.milliseconds(0, schema) != nil { return nil }
    switch schema.kind {
    case .int8, .int16, .int32, .int64:
      guard let number = JavaNumber.decimal(text)?.truncated else { return nil }
      switch schema.kind {
      case .int8: return .integer(Int64(Int8(truncatingIfNeeded: number)))
      case .int16: return .integer(Int64(Int16(truncatingIfNeeded: number)))
      case .int32: return .integer(Int64(Int32(truncatingIfNeeded: number)))
      default: return .integer(number)
      }
    case .float32: return JavaNumber.double(text).map { .float(Double(Float($0))) }
    case .float64: return JavaNumber.double(text).map { .float($0) }
    case .string: return .text(text)
    case .bytes:
      // Connect takes any decimal, and its converters then refuse one of another scale.
      guard schema.isDecimal, let decimal = JavaNumber.decimal(text), decimal.scale == schema.scale else { return nil }
      return .bytes(decimal.unscaledBytes)
    default: return nil
    }
  }
}
