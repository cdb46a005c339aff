internal import MillraceCore

/// Finds what the rules for keys and masks do to a table that nobody can want.
struct TableRuleCheck {
  let rules: TableRules
  let filter: TableFilter
  let streams: Bool

  func findings(for table: PostgresTable) -> [Finding] {
    let names = table.columns.map(\.name)
    let custom = rules.keyColumns.columns(of: table.qualifiedName, among: names)
    var findings = names.flatMap { alterations(of: $0, table, isKey: (custom ?? table.key).contains($0)) }
    findings += collisions(names.filter { filter.captures(schema: table.schema, table: table.name, column: $0) }, table)
    if streams, let custom, !identifies(custom, table) {
      findings.append(
        Finding(
          .warning, key: "message.key.columns",
          problem: "makes a key of \(table.qualifiedName) that the log does not tell of changed and deleted rows: deletes come with a key of nulls or zeros, and a changed key is an update",
          advice: "run: ALTER TABLE \(table.quotedName) REPLICA IDENTITY FULL;"))
    }
    return findings
  }

  private func alterations(of column: String, _ table: PostgresTable, isKey: Bool) -> [Finding] {
    guard filter.captures(schema: table.schema, table: table.name, column: column) else { return [] }
    let keys = rules.alterations.keys(matching: "\(table.qualifiedName).\(column)")
    guard let first = keys.first else { return [] }
    var findings: [Finding] = []
    if keys.count > 1 {
      findings.append(
        Finding(
          .warning, key: "column \(table.qualifiedName).\(column)", problem: "is named by \(keys.joined(separator: " and ")): only the first applies",
          advice: "name it in one of them"))
    }
    if isKey {
      findings.append(
        Finding(
          .warning, key: first, problem: "does not apply to keys: \(table.qualifiedName).\(column) stands in the key as it is",
          advice: "choose another key with message.key.columns, if the value must not be seen"))
    }
    return findings
  }

  private func collisions(_ columns: [String], _ table: PostgresTable) -> [Finding] {
    Dictionary(grouping: columns) { rules.fieldNames.adjusted($0) }.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map {
      Finding(
        key: "field.name.adjustment.mode", problem: "gives the columns \($0.value.joined(separator: ", ")) of \(table.qualifiedName) one name, \($0.key)",
        advice: "write avro_unicode or none, or leave columns out with column.exclude.list")
    }
  }

  /// Whether the old row of an update or delete has the key; of an index that is the replica identity it is assumed.
  private func identifies(_ key: [String], _ table: PostgresTable) -> Bool {
    switch table.replicaIdentity {
    case .full, .index: true
    case .default: table.keyIsPrimary && Set(key).isSubset(of: table.key)
    case .nothing: false
    }
  }
}
