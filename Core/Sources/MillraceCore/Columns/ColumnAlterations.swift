/// All alterations of a configuration with the columns that they are for.
///
/// Several may match a column; only the first applies, in the reference's order: truncation, asterisks, the first form of
/// hashes, the second (io.debezium.relational.mapping.ColumnMappers). Among equals, where the reference has no order, the
/// smaller number or the name of the setting decides.
///
/// Ask once per table, never per record.
public struct ColumnAlterations: Sendable {
  private struct Rule: Sendable {
    let alteration: ColumnAlteration
    let columns: NameFilter
  }

  private let rules: [Rule]

  /// Reads `column.truncate.to.*`, `column.mask.with.*` and `column.mask.hash.*`; what is wrong becomes a finding.
  public init(_ configuration: inout Configuration) {
    var truncations: [(Int, Rule)] = [], stars: [(Int, Rule)] = []
    var first: [Rule] = [], second: [Rule] = []
    let settings = configuration.keys.filter { $0.hasPrefix("column.truncate.to.") || $0.hasPrefix("column.mask.") }
    for setting in settings {
      guard let list = configuration[setting], let alteration = ColumnAlterations.alteration(setting, &configuration)
      else { continue }
      do throws(MillraceError) {
        let rule = Rule(alteration: alteration, columns: try NameFilter(list))
        switch alteration.action {
        case .truncation(let length): truncations.append((length, rule))
        case .stars(let count): stars.append((count, rule))
        case .hash(_, _, let isSerialized): if isSerialized { first.append(rule) } else { second.append(rule) }
        }
      } catch {
        configuration.report(
          Finding(
            key: alteration.key, problem: "has an invalid regular expression: \(error.message)",
            advice: "write regular expressions that match whole names, such as public\\.customers\\.email"))
      }
    }
    rules = truncations.sorted { $0.0 < $1.0 }.map(\.1) + stars.sorted { $0.0 < $1.0 }.map(\.1) + first + second
  }

  /// The alteration of a column.
  /// - Parameter column: its name behind that of its table, as the connector's other lists have it (`schema.table.column`).
  public func alteration(of column: String) -> ColumnAlteration? { rules.first { $0.columns.matches(column) }?.alteration }

  /// The settings that match a column, the one that applies first.
  public func keys(matching column: String) -> [String] {
    rules.filter { $0.columns.matches(column) }.map(\.alteration.key)
  }

  private static let mostCharacters = Int(Int32.max)
  /// A mask is written into each record.
  private static let mostStars = 65_536

  private static func alteration(_ setting: String, _ configuration: inout Configuration) -> ColumnAlteration? {
    if let text = between("column.truncate.to.", ".chars", setting) {
      return number(text, setting, in: 0...mostCharacters, &configuration)
        .map { ColumnAlteration(key: setting, action: .truncation($0)) }
    }
    if let text = between("column.mask.with.", ".chars", setting) {
      return number(text, setting, in: 0...mostStars, &configuration).map { ColumnAlteration(key: setting, action: .stars($0)) }
    }
    let isSecond = setting.hasPrefix("column.mask.hash.v2.")
    let rest = setting.dropFirst(isSecond ? "column.mask.hash.v2.".count : "column.mask.hash.".count)
    let mark = ".with.salt."
    // The algorithm ends at the first dot; the salt may hold any.
    if setting.hasPrefix("column.mask.hash."), let dot = rest.firstIndex(of: "."), rest[dot...].hasPrefix(mark),
      dot > rest.startIndex, rest[dot...].count > mark.count
    {
      let name = String(rest[..<dot])
      let key = setting.prefix(setting.count - rest.count) + name + mark + "…"
      guard let algorithm = HashAlgorithm(javaName: name) else {
        configuration.report(
          Finding(
            key: key, problem: "names the algorithm \"\(name)\", which is not known here",
            advice: "write one of \(HashAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))"))
        return nil
      }
      let salt = Array(rest[dot...].dropFirst(mark.count).utf8)
      return ColumnAlteration(key: key, action: .hash(algorithm, salt: salt, isSerialized: !isSecond))
    }
    // What stands behind hash may be a salt.
    let isHash = setting.hasPrefix("column.mask.hash")
    configuration.report(
      Finding(
        key: isHash ? "column.mask.hash.…" : setting, problem: "is no setting",
        advice: setting.hasPrefix("column.truncate")
          ? "write column.truncate.to.20.chars" : "write column.mask.with.10.chars or column.mask.hash.v2.SHA-256.with.salt.SALT"))
    return nil
  }

  private static func between(_ start: String, _ end: String, _ text: String) -> String? {
    guard text.hasPrefix(start), text.hasSuffix(end), text.count >= start.count + end.count else { return nil }
    return String(text.dropFirst(start.count).dropLast(end.count))
  }

  private static func number(
    _ text: String, _ setting: String, in range: ClosedRange<Int>, _ configuration: inout Configuration
  ) -> Int? {
    if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text), range.contains(number) {
      return number
    }
    configuration.report(
      Finding(
        key: setting, problem: "has \"\(text)\" in place of a number of characters",
        advice: "write a number from \(range.lowerBound) to \(range.upperBound), as in column.truncate.to.20.chars or column.mask.with.10.chars"))
    return nil
  }

  static let options: [ConfigurationOption] = [
    .init("column.truncate.to.*", "column.truncate.to.N.chars: columns whose texts are cut after N characters, and bytea after N bytes."),
    .init("column.mask.with.*", "column.mask.with.N.chars: text columns whose values are replaced by N asterisks."),
    .init(
      "column.mask.hash.*",
      "column.mask.hash.v2.ALGORITHM.with.salt.SALT: text columns whose values are replaced by a salted hash; without v2 Java's serialised form is hashed."),
  ]
}
