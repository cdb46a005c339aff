internal import MillraceCore

/// The statements that read a table in the order of a key.
struct ChunkQuery {
  let table: PostgresTable
  private let key: [String]
  private let isSurrogate: Bool
  private let condition: String?

  init(_ table: PostgresTable, _ wanted: IncrementalProgress.Table) {
    self.table = table
    key = wanted.key
    isSurrogate = wanted.surrogateKey != nil
    condition = wanted.condition
  }

  private var names: [String] { key.map { PostgresConnection.quote(identifier: $0) } }

  /// The key of the last row. NULLs come last. The order is that of the columns, not of the texts, which have the same names.
  var last: String {
    let texts = names.enumerated().map { "\($1)::text AS k\($0)" }.joined(separator: ", ")
    let order = names.map { "s.\($0) DESC" }.joined(separator: ", ")
    return "SELECT \(texts) FROM \(table.quotedName) AS s\(filter([])) ORDER BY \(order) LIMIT 1"
  }

  /// A chunk's rows, behind one key and up to another.
  func rows(after: [String?]?, upTo last: [String?], limit: Int) -> String {
    var conditions: [String] = []
    if isSurrogate {
      // One column, which may be NULL.
      let name = names[0]
      if let after { conditions.append(after[0].map { "(\(name) > \(literal($0)) OR \(name) IS NULL)" } ?? "false") }
      if let bound = last[0] { conditions.append("\(name) <= \(literal(bound))") }
    } else {
      if let after { conditions.append("(\(names.joined(separator: ", "))) > (\(literals(after)))") }
      conditions.append("(\(names.joined(separator: ", "))) <= (\(literals(last)))")
    }
    let columns = table.columns.map { PostgresConnection.quote(identifier: $0.name) }.joined(separator: ", ")
    // Rows of one surrogate key are never parted: what follows is behind the key of the last.
    let most = isSurrogate ? "FETCH FIRST \(limit) ROWS WITH TIES" : "LIMIT \(limit)"
    return "COPY (SELECT \(columns) FROM \(table.quotedName)\(filter(conditions)) ORDER BY \(names.joined(separator: ", ")) \(most)) TO STDOUT"
  }

  private func filter(_ conditions: [String]) -> String {
    let all = conditions + (condition.map { ["(\($0)\n)"] } ?? [])
    return all.isEmpty ? "" : " WHERE \(all.joined(separator: " AND "))"
  }

  /// Without a type, so that the column's own is taken.
  private func literal(_ value: String) -> String { PostgresConnection.quote(literal: value) }
  private func literals(_ values: [String?]) -> String { values.map { $0.map(literal) ?? "NULL" }.joined(separator: ", ") }

  /// Where the key's columns stand in a row of `rows`.
  var places: [Int] { key.compactMap { name in table.columns.firstIndex { $0.name == name } } }
}
