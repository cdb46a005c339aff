public import MillraceCore

/// Kafka Connect's `ReplaceField`: leaves fields out and renames them.
public enum ReplaceField {
  public static let options: [ConfigurationOption] = [
    .init("exclude", "Fields to leave out; it goes before include."),
    .init("include", "The fields to keep; without it all are kept."),
    .init("renames", "Fields to rename, as old:new,…."),
    .replacesNull,
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(on side: RecordSide, _ configuration: inout Configuration) -> any Transform {
    SchemaTransform(
      ReplaceFieldWork(
        side: side, excluded: Set(configuration.list("exclude")), included: Set(configuration.list("include")),
        renames: configuration.pairs("renames", what: "fields"), replacesNull: configuration.replacesNull))
  }
}

struct ReplaceFieldWork: SchemaWork {
  let name = "ReplaceField"
  let side: RecordSide
  let excluded: Set<String>
  let included: Set<String>
  let renames: [String: String]
  let replacesNull: Bool

  func plan(for schema: Schema) throws(MillraceError) -> StructChange? {
    let fields = try requireFields(schema)
    let kept = fields.indices.filter { index in
      let name = fields[index].name
      return !excluded.contains(name) && (included.isEmpty || included.contains(name))
    }
    let renamed = kept.map { Schema.Field(renames[fields[$0].name] ?? fields[$0].name, fields[$0].schema) }
    return StructChange(
      copy: StructCopy(of: fields, keeping: kept, replacesNull: replacesNull), schema: schema.basics(.structure(renamed)))
  }

  func enter(_ plan: StructChange, _ batch: inout RecordBatch) -> StructChange.Entry { plan.enter(&batch) }

  func apply(_ entry: StructChange.Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    let first = entry.copy.append(slot, to: &batch)
    batch.records[index].set(side, .structure(first: first, count: entry.copy.kept.count), schema: entry.schema)
  }
}

/// A struct copied under another schema.
struct StructChange: Sendable {
  let copy: StructCopy
  let schema: Schema

  struct Entry {
    let copy: StructCopy
    let schema: UInt32
  }

  func enter(_ batch: inout RecordBatch) -> Entry { Entry(copy: copy, schema: batch.intern(schema: schema)) }
}

extension ConfigurationOption {
  /// The option that most of Connect's transforms share.
  static let replacesNull = ConfigurationOption(
    "replace.null.with.default", .boolean, default: "true", "Whether a null becomes the default of a field that has one.")
}

extension Configuration {
  var replacesNull: Bool {
    mutating get { boolean("replace.null.with.default", default: true) }
  }

  /// A list of `left:right`; what has another form is reported.
  mutating func pairs(_ key: String, what: String) -> [String: String] {
    var pairs: [String: String] = [:]
    for item in list(key) {
      let parts = item.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts.contains("") else {
        report(Finding(key: key, problem: "\"\(item)\" has not the form old:new", advice: "write \(key)=a:b,c:d for \(what) a and c"))
        continue
      }
      pairs[parts[0]] = parts[1]
    }
    return pairs
  }

  /// A list that must not be empty.
  mutating func requiredList(_ key: String, _ advice: String) -> [String] {
    let items = list(key)
    if items.isEmpty { report(Finding(key: key, problem: "is missing", advice: advice)) }
    return items
  }
}
