public import MillraceCore

/// The settings of one post-processor `io.debezium.processors.reselect.ReselectColumnsPostProcessor`, named as below its prefix.
public struct ReselectionSettings: Sendable {
  enum ErrorHandling: String, CaseIterable, Sendable { case warn, fail }

  let included: NameFilter?
  let excluded: NameFilter?
  let unavailable: Bool
  let nulls: Bool
  let usesEventKey: Bool
  let errors: ErrorHandling

  /// The class that a configuration names.
  public static let className = "io.debezium.processors.reselect.ReselectColumnsPostProcessor"

  /// The settings below `<name>.`.
  public static let options: [ConfigurationOption] = [
    .init("reselect.columns.include.list", .patterns, "The columns to select again, as schema\\.table:column; without it all."),
    .init("reselect.columns.exclude.list", .patterns, "Those not to select again; it counts where there is no include list."),
    .init("reselect.unavailable.values", .boolean, default: "true", "Whether values that the log did not carry are selected again."),
    .init("reselect.null.values", .boolean, default: "true", "Whether nulls are, in columns without default."),
    .init("reselect.use.event.key", .boolean, default: "false", "Whether the row is found by the record's key, and not by its primary key."),
    .init(
      "reselect.error.handling.mode", .choice(["warn", "fail"]), default: "warn",
      "What becomes of a record whose row is no longer there: it goes as it is, or ends the run."),
  ]

  /// Reads `post.processors` and what belongs to it; mistakes become findings of `configuration`.
  static func all(_ configuration: inout Configuration) -> [ReselectionSettings] {
    var result: [ReselectionSettings] = []
    for name in configuration.list("post.processors") {
      var settings = configuration.below("\(name).")
      result.append(ReselectionSettings(&settings))
      for var finding in settings.findings {
        finding.key = "\(name).\(finding.key)"
        configuration.report(finding)
      }
    }
    return result
  }

  private init(_ settings: inout Configuration) {
    included = NameFilter("reselect.columns.include.list", of: &settings)
    excluded = NameFilter("reselect.columns.exclude.list", of: &settings)
    unavailable = settings.boolean("reselect.unavailable.values", default: true)
    nulls = settings.boolean("reselect.null.values", default: true)
    usesEventKey = settings.boolean("reselect.use.event.key", default: false)
    errors = settings.choice("reselect.error.handling.mode", default: .warn)
    if !unavailable, !nulls {
      settings.report(
        Finding(
          .warning, key: "reselect.unavailable.values", problem: "is false, and so is reselect.null.values: nothing is selected again",
          advice: "leave one of them at true, or remove the post-processor"))
    }
  }

  func chooses(_ column: String, of table: String) -> Bool {
    let name = "\(table):\(column)"
    if let included { return included.matches(name) }
    return excluded.map { !$0.matches(name) } ?? true
  }
}
