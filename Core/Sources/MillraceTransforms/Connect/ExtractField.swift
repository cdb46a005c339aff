public import MillraceCore

/// Kafka Connect's `ExtractField`: one field in the place of the struct.
public enum ExtractField {
  public static let options: [ConfigurationOption] = [
    .init("field", required: true, "The field; with field.syntax.version=V2 a path with dots, names with dots in backticks."),
    .init("field.syntax.version", .choice(["v1", "v2"]), default: "v1", "V1: the name of a field. V2: a path."),
    .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    SchemaTransform(
      ExtractFieldWork(side: side, path: configuration.fieldPath("field"), replacesNull: configuration.replacesNull))
  }
}

struct ExtractFieldWork: SchemaWork {
  let name = "ExtractField"
  let side: RecordSide
  let path: [String]
  let replacesNull: Bool
  var nulls: NullHandling { .apply }

  struct Plan: Sendable {
    /// Field indices from the outermost struct inwards.
    let steps: [Int]
    let schema: Schema
    let fallback: Value?
  }

  struct Entry {
    let steps: [Int]
    let schema: UInt32
    let fallback: Value?
  }

  func plan(for schema: Schema) throws(MillraceError) -> Plan? {
    var steps: [Int] = []
    var current = schema
    _ = try requireFields(schema)
    for step in path {
      guard let index = current.index(of: step) else {
        throw failure("ExtractField.field", "the \(side) has no field \(path.joined(separator: "."))", advice: "correct field, or choose the records by a predicate")
      }
      steps.append(index)
      current = current.fields[index].schema
    }
    return Plan(steps: steps, schema: current, fallback: replacesNull ? current.substitute : nil)
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry {
    Entry(steps: plan.steps, schema: batch.intern(schema: plan.schema), fallback: plan.fallback)
  }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    var result = slot
    for step in entry.steps where result.kind == .structure { result = batch.field(step, of: result) }
    if result.isNull, !slot.isNull, let fallback = entry.fallback { result = batch.slot(fallback) }
    batch.records[index].set(side, result, schema: entry.schema)
  }
}

extension Configuration {
  /// A field path in the syntax that `field.syntax.version` chooses (org.apache.kafka.connect.transforms.field.SingleFieldPath).
  mutating func fieldPath(_ key: String) -> [String] {
    let text = required(key, "give the name of a field")
    let version = self["field.syntax.version"]?.lowercased() ?? "v1"
    if version != "v2" { return [text] }
    if let path = FieldPath.steps(text) { return path }
    report(Finding(key: key, problem: "\"\(text)\" has a backtick without its partner", advice: "write a backtick that belongs to a name as \\`"))
    return [text]
  }
}

/// The second syntax of field paths: dots between the steps; a step in backticks may hold dots; \` inside is a backtick.
enum FieldPath {
  /// - Returns: nil where a backtick has no partner.
  static func steps(_ path: String) -> [String]? {
    let text = Array(path)
    var steps: [String] = []
    var index = 0
    while index < text.count {
      if text[index] != "`" {
        let end = text[index...].firstIndex(of: ".") ?? text.count
        steps.append(String(text[index..<end]))
        index = end + 1
        if end == text.count - 1 { steps.append("") }
        continue
      }
      var step = ""
      var at = index + 1
      while true {
        guard at < text.count else { return nil }
        if text[at] == "\\", at + 1 < text.count, text[at + 1] == "`", at + 2 >= text.count || text[at + 2] == "." {
          if at + 2 >= text.count { return nil }
          step.append("`")
          at += 2
          continue
        }
        // A backtick inside a name is part of it unless a dot or the end follows.
        if text[at] == "`", at + 1 == text.count || text[at + 1] == "." { break }
        step.append(text[at])
        at += 1
      }
      steps.append(step)
      if at + 1 == text.count - 1 { steps.append("") }
      index = at + 2
    }
    return steps
  }
}
