/// `message.key.columns`: which columns make the key of a table, in place of its own
/// (io.debezium.relational.Key.CustomKeyMapper).
///
/// Ask once per table, never per record.
public struct KeyColumns: Sendable {
  /// Each matches the name of one column or more behind that of its table.
  private var patterns: [NamePattern] = []

  /// Reads `TABLE:COLUMN,COLUMN;TABLE:COLUMN`, where tables and columns are regular expressions; what is wrong becomes a finding.
  public init(_ configuration: inout Configuration) {
    let key = "message.key.columns"
    guard let setting = configuration[key] else { return }
    let advice = "write TABLE:COLUMN,COLUMN;TABLE:COLUMN, where TABLE is a regular expression such as public\\.orders"
    var entries = setting.split(separator: ";", omittingEmptySubsequences: false).map { String($0) }
    while entries.count > 1, entries.last?.trimmed.isEmpty == true { entries.removeLast() }
    for entry in entries {
      let halves = entry.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
      let columns = halves.last?.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed } ?? []
      guard halves.count == 2, !halves[0].trimmed.isEmpty, columns.allSatisfy({ !$0.isEmpty }) else {
        let problem = entry.trimmed.isEmpty ? "has an empty entry" : "has the entry \"\(entry.trimmed)\", which names no columns"
        configuration.report(Finding(key: key, problem: problem, advice: advice))
        continue
      }
      for column in columns {
        do throws(InvalidPattern) {
          patterns.append(try NamePattern("\(halves[0]).\(column)".trimmed))
        } catch {
          configuration.report(Finding(key: key, problem: "has an invalid regular expression \"\(error.pattern)\"", advice: advice))
        }
      }
    }
  }

  /// The columns of the table's key, in key order; nil where the setting says nothing about the table. A column that does not
  /// exist is left out.
  ///
  /// - Parameters:
  ///   - table: its name as the connector's other lists have it (for Postgres `schema.table`).
  ///   - columns: in the order of the table.
  public func columns(of table: String, among columns: [String]) -> [String]? {
    if patterns.isEmpty { return nil }
    var key: [String] = []
    for pattern in patterns {
      for column in columns where !key.contains(column) && pattern.matches("\(table).\(column)") { key.append(column) }
    }
    return key.isEmpty ? nil : key
  }

  static let options: [ConfigurationOption] = [
    .init(
      "message.key.columns",
      "Columns that make the key, in place of the table's own: TABLE:COLUMN,COLUMN;TABLE:COLUMN, tables and columns as regular expressions.")
  ]
}
