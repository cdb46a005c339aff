/// The version of a server, and what it brings.
struct MongoVersion: Comparable, CustomStringConvertible {
  private let parts: [Int]

  /// - Parameter text: such as `6.0.5` or `7.1.0-rc2`.
  init(_ text: String) {
    parts = text.split(separator: "-", maxSplits: 1).first.map { $0.split(separator: ".").prefix(3).map { Int($0) ?? 0 } } ?? []
  }

  /// Change streams of a whole deployment, `startAfter`.
  static let oldest = MongoVersion("4.2.0")

  /// `readConcern: snapshot` outside of transactions.
  var readsAtTimes: Bool { self >= MongoVersion("5.0.0") }

  /// Images before and after changes.
  var hasImages: Bool { self >= MongoVersion("6.0.0") }

  /// `$changeStreamSplitLargeEvent`.
  var splitsEvents: Bool { self >= MongoVersion("6.0.9") }

  static func < (a: MongoVersion, b: MongoVersion) -> Bool { a.parts.lexicographicallyPrecedes(b.parts) }

  var description: String { parts.map(String.init).joined(separator: ".") }
}
