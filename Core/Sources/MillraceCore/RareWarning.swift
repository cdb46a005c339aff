/// A warning that may be due for every record: it is given for the first, the second, the fourth, and so on.
package struct RareWarning: Sendable {
  private var count: UInt64 = 0

  package init() {}

  /// Gives it if it is due; the fields get the number of times.
  package mutating func give(_ log: Log, _ level: Log.Level, _ message: String, _ fields: [(String, String)]) {
    count += 1
    if count & (count - 1) == 0 { log.report(level, message, fields + [("times", String(count))]) }
  }
}
