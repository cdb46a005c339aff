internal import MillraceCore

/// The statements that read a table in the order of a key.
struct ChunkQuery {
  private let query: SnapshotQuery
  private let key: [KeyColumn]
  private let isSurrogate: Bool
  private let condition: String?

  /// - Parameter key: the columns that `wanted` names.
  init(_ query: SnapshotQuery, key: [KeyColumn], _ wanted: IncrementalProgress.Table) {
    self.query = query
    self.key = key
    isSurrogate = wanted.surrogateKey != nil
    condition = wanted.condition
  }

  private var texts: [String] { key.map(\.text) }
  private func order(_ direction: String = "") -> String { key.map { $0.quotedName + direction }.joined(separator: ", ") }

  /// The key of the last row. NULLs come first.
  var last: String {
    "SELECT \(texts.joined(separator: ", ")) FROM \(query.table.quoted)\(filter([])) ORDER BY \(order(" DESC")) LIMIT 1"
  }

  /// Of a surrogate key: its value in the row that fills a chunk. Rows of one value are never parted, because what follows is behind it.
  func bound(after: [String?]?, upTo last: [String?], limit: Int) -> String? {
    guard isSurrogate else { return nil }
    return "SELECT \(texts[0]) FROM \(query.table.quoted)\(filter(range(after, last))) ORDER BY \(order()) LIMIT 1 OFFSET \(limit - 1)"
  }

  /// A chunk's rows, behind one key and up to another: the columns of `SnapshotQuery`, and behind them the key's texts.
  /// - Parameter limit: nil for all.
  func rows(after: [String?]?, upTo last: [String?], limit: Int?) -> String {
    let most = limit.map { " LIMIT \($0)" } ?? ""
    return "SELECT \((query.expressions + texts).joined(separator: ", ")) FROM \(query.table.quoted)\(filter(range(after, last))) ORDER BY \(order())\(most)"
  }

  private func filter(_ conditions: [String]) -> String {
    let all = conditions + (condition.map { ["(\($0)\n)"] } ?? [])
    return all.isEmpty ? "" : " WHERE \(all.joined(separator: " AND "))"
  }

  private func range(_ after: [String?]?, _ last: [String?]) -> [String] {
    if isSurrogate { return surrogateRange(after, last) }
    var conditions: [String] = []
    if let after { conditions.append(contentsOf: comparison(">", after, orEqual: false)) }
    conditions.append(contentsOf: comparison("<", last, orEqual: true))
    return conditions
  }

  /// One column, whose NULLs come first.
  private func surrogateRange(_ after: [String?]?, _ last: [String?]) -> [String] {
    let column = key[0]
    var conditions: [String] = []
    if let after { conditions.append(after[0].map { "\(column.compared) > \(column.literal($0))" } ?? "\(column.quotedName) IS NOT NULL") }
    if let bound = last[0] {
      let atMost = "\(column.compared) <= \(column.literal(bound))"
      conditions.append(after == nil ? "(\(column.quotedName) IS NULL OR \(atMost))" : atMost)
    } else {
      conditions.append("\(column.quotedName) IS NULL")
    }
    return conditions
  }

  /// The order of several columns, in a form that an index helps with: neither server does so for a comparison of rows.
  private func comparison(_ sign: String, _ values: [String?], orEqual: Bool) -> [String] {
    let columns = key.indices.map { (compared: key[$0].compared, value: values[$0].map(key[$0].literal) ?? "NULL") }
    guard columns.count > 1 else { return columns.map { "\($0.compared) \(sign)\(orEqual ? "=" : "") \($0.value)" } }
    var alternatives: [String] = []
    for index in columns.indices {
      let isLast = index == columns.count - 1
      let equal = columns[..<index].map { "\($0.compared) = \($0.value)" }
      alternatives.append("(\((equal + ["\(columns[index].compared) \(sign)\(isLast && orEqual ? "=" : "") \(columns[index].value)"]).joined(separator: " AND ")))")
    }
    return ["\(columns[0].compared) \(sign)= \(columns[0].value)", "(\(alternatives.joined(separator: " OR ")))"]
  }
}
