internal import MillraceCore

/// The tables that people choose from.
struct ComponentListing {
  let kind: String
  /// The setting that chooses one.
  let key: String

  func text<Make>(
    _ entries: [ComponentEntry<Make>], name: String?, options: (ComponentEntry<Make>) -> [ConfigurationOption]
  ) throws -> String {
    guard let name else {
      return Self.columns(entries.map { [$0.name, $0.summary, $0.classes.joined(separator: ", ")] })
    }
    guard let entry = entries.first(where: { $0.isNamed(name) }) else {
      let meant = NearestName.of(name, among: entries.flatMap { [$0.name] + $0.classes })
      StandardError.shared.line(
        Finding(
          key: kind, problem: "\"\(name)\" is not known",
          advice: meant.map { "write \($0)" } ?? "write one of \(entries.map(\.name).joined(separator: ", "))"
        ).description)
      throw ExitStatus.invalidConfiguration
    }
    let prefix = kind == "sink" ? "sink.\(entry.name)." : ""
    let rows = options(entry).map { [prefix + $0.name, Self.standing($0), Self.meaning($0)] }
    return "\(key)=\(entry.classes.first ?? entry.name): \(entry.summary)\n\n\(Self.columns(rows))"
  }

  private static func standing(_ option: ConfigurationOption) -> String {
    if option.isRequired { return "required" }
    return option.defaultValue.map { "= \($0)" } ?? ""
  }

  private static func meaning(_ option: ConfigurationOption) -> String {
    var text = option.summary
    switch option.kind {
    case .choice(let values, let notYet):
      text += " One of \(values.joined(separator: ", "))"
      text += notYet.isEmpty ? "." : "; not yet: \(notYet.joined(separator: ", "))."
    default: break
    }
    switch option.support {
    case .supported: return text
    case .notYet: return "[not yet] " + text
    case .impossible(let reason): return "[not possible: \(reason)] " + text
    case .ignored(let reason): return "[no effect: \(reason)] " + text
    }
  }

  private static func columns(_ rows: [[String]]) -> String {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in min(44, rows.map { $0[column].count }.max() ?? 0) }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell
        if column < row.count - 1 { line += String(repeating: " ", count: max(0, widths[column] - cell.count) + 2) }
      }
      return line.trimmed
    }.joined(separator: "\n")
  }
}
