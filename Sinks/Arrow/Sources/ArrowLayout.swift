internal import MillraceCore

/// What the records of one value schema become: the columns of the row, and ours behind them.
final class ArrowLayout {
  /// Settings that decide about columns.
  struct Options: Sendable {
    var rules = ArrowType.Rules()
    /// Begins the names of our columns.
    var prefix = "__"
    /// Whether updates and deletes have the row before in a column of its own.
    var hasBefore = false
  }

  /// Where things are in an envelope.
  struct Places {
    let before: Int?
    let after: Int
    let op: Int
    /// The source block, and the time of the commit in it.
    let source: Int?
    let time: Int?
  }

  /// Held, so that its identity stays its own.
  let schema: Schema
  let envelope: Places?
  /// Whether a record's value is a struct; if not, it is the one column `value`, and a plain key the column `key`.
  let isStruct: Bool
  /// The columns of the row.
  let row: [ArrowField]
  /// Places of our columns among `fields`; nil where a column of the row has that name already.
  let op, commit, ordinal, time, unavailable, before: Int?
  /// All columns.
  let fields: [ArrowField]

  init(_ schema: Schema, key: Schema?, _ options: Options) {
    self.schema = schema
    var row = schema
    var places: Places?
    if Envelope.isEnvelope(schema), let after = schema.index(of: "after"), let op = schema.index(of: "op") {
      let source = schema.index(of: "source")
      places = Places(
        before: schema.index(of: "before"), after: after, op: op, source: source,
        time: source.flatMap { schema.fields[$0].schema.index(of: "ts_ms") })
      row = schema.fields[after].schema
    }
    envelope = places
    var fields: [ArrowField] = []
    if case .structure(let members) = row.kind {
      isStruct = true
      for member in members { fields.append(ArrowField(member.name, ArrowType(member.schema, name: member.name, options.rules))) }
    } else {
      isStruct = false
      fields.append(ArrowField("value", ArrowType(row, name: "value", options.rules)))
      if let key, !key.isStruct { fields.append(ArrowField("key", ArrowType(key, name: "key", options.rules))) }
    }
    self.row = fields
    func add(_ name: String, _ type: ArrowType) -> Int? {
      let name = options.prefix + name
      if fields.contains(where: { $0.name == name }) { return nil }
      fields.append(ArrowField(name, type))
      return fields.count - 1
    }
    op = add("op", .utf8)
    commit = add("commit", .integer(bits: 64, isSigned: false))
    ordinal = add("ordinal", .integer(bits: 64, isSigned: false))
    time = places?.time == nil ? nil : add("source_ts", .timestamp(.milliseconds))
    unavailable = isStruct ? add("unavailable", .list(ArrowField("item", .utf8))) : nil
    before = options.hasBefore && places?.before != nil && !self.row.isEmpty ? add("before", .structure(self.row)) : nil
    self.fields = fields
  }

  /// For each column of the row its field in the key; nil where the key has none.
  func keyPlaces(_ key: Schema) -> [Int?] { row.map { field in isStruct ? key.index(of: field.name) : nil } }
}

extension Schema {
  var isStruct: Bool { if case .structure = kind { true } else { false } }
}
