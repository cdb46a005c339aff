/// `skipped.operations`: which changes are left out.
package struct SkippedOperations: Sendable {
  package let creates, updates, deletes, truncates: Bool

  /// - Parameter list: of `c`, `u`, `d`, `t`.
  package init(_ list: Set<String>) {
    creates = list.contains("c")
    updates = list.contains("u")
    deletes = list.contains("d")
    truncates = list.contains("t")
  }

  /// Reads the setting: `t` without it, `none` for nothing.
  package static func list(_ configuration: inout Configuration) -> Set<String> {
    let key = "skipped.operations"
    guard configuration[key] != nil else { return ["t"] }
    let list = Set(configuration.list(key).map { $0.lowercased() })
    for operation in list.subtracting(["c", "u", "d", "t", "none"]).sorted() {
      configuration.report(Finding(key: key, problem: "\"\(operation)\" is no operation", advice: "write a list of c, u, d, t, or none"))
    }
    if list.count > 1, list.contains("none") {
      configuration.report(
        Finding(key: key, problem: "has none beside other operations", advice: "write none alone, or a list of c, u, d, t"))
    }
    return list
  }
}
