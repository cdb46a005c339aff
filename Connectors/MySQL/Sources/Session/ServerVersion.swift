/// A server's kind and version.
struct ServerVersion: Sendable, Equatable, Comparable {
  let isMariaDB: Bool
  /// `major * 10000 + minor * 100 + patch`.
  let number: Int

  /// - Parameter text: what `SELECT VERSION()` gives: `8.0.36`, `10.11.6-MariaDB-0+deb12u1`, and from proxies `5.5.5-10.11.6-MariaDB`.
  init(_ text: String) {
    isMariaDB = text.contains("MariaDB")
    var rest = Substring(text)
    if isMariaDB, rest.hasPrefix("5.5.5-") { rest = rest.dropFirst(6) }
    let parts = rest.prefix { $0.isNumber || $0 == "." }.split(separator: ".").prefix(3).map { min(Int($0) ?? 0, 9999) }
    number = zip(parts + [0, 0, 0], [10000, 100, 1]).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Versions of one kind compare.
  static func < (a: ServerVersion, b: ServerVersion) -> Bool { a.number < b.number }

  /// `SHOW BINARY LOG STATUS` in the place of `SHOW MASTER STATUS`.
  var hasBinaryLogStatus: Bool { isMariaDB ? false : number >= 80200 }
}

extension ServerVersion: CustomStringConvertible {
  var description: String {
    "\(isMariaDB ? "MariaDB" : "MySQL") \(number / 10000).\(number / 100 % 100).\(number % 100)"
  }
}
