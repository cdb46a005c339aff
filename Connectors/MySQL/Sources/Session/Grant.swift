internal import MillraceCore

/// One line of SHOW GRANTS, as far as it is about all databases or the whole of one.
struct Grant: Equatable {
  /// nil: of all databases.
  let database: String?
  private let privileges: Set<String>

  var isGlobal: Bool { database == nil }

  /// nil where the line is about less than a database, or takes something away.
  init?(_ line: String) {
    guard line.hasPrefix("GRANT "), let to = line.firstRange(of: " TO "), let on = line.firstRange(of: " ON "), on.upperBound < to.lowerBound else { return nil }
    let place = String(line[on.upperBound..<to.lowerBound])
    if place == "*.*" {
      database = nil
    } else {
      // `name`.*, a pattern in which \_ and \% stand for themselves; only a plain name is understood.
      guard place.hasPrefix("`"), place.hasSuffix("`.*") else { return nil }
      let name = String(place.dropFirst().dropLast(3))
      database = [("``", "`"), ("\\_", "_"), ("\\%", "%")].reduce(name) { $0.replacing($1.0, with: $1.1) }
    }
    let list = line[line.index(line.startIndex, offsetBy: 6)..<on.lowerBound]
    privileges = Set(list.split(separator: ",").map { String($0).trimmed.uppercased() })
  }

  func allows(_ privilege: String) -> Bool { privileges.contains(privilege) || privileges.contains("ALL PRIVILEGES") }
}
