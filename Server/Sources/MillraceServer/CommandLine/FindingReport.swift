internal import MillraceCore

/// Shows findings on standard error, one line each.
enum FindingReport {
  static func print(_ findings: [Finding]) {
    for finding in findings { StandardError.shared.line(line(finding)) }
    let errors = findings.count { $0.severity == .error }
    let warnings = findings.count - errors
    let counts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    StandardError.shared.line(counts.isEmpty ? "nothing is wrong" : counts.joined(separator: ", "))
  }

  static func logWarnings(_ findings: [Finding], _ log: Log) {
    for finding in findings where finding.severity == .warning {
      log.warning("\(finding.key) \(finding.problem)", ("advice", finding.advice))
    }
  }

  private static func line(_ finding: Finding) -> String { finding.description.replacing("\n", with: " ") }
}
