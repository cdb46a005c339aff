/// The full name of a collection, `database.collection`: the name of a collection may have dots itself, that of a database has none.
struct Namespace: Sendable, Equatable {
  let database: String
  let collection: String

  /// nil where one of the two is missing.
  init?(_ text: some StringProtocol) {
    guard let dot = text.firstIndex(of: "."), dot != text.startIndex, text.index(after: dot) != text.endIndex else { return nil }
    database = String(text[..<dot])
    collection = String(text[text.index(after: dot)...])
  }
}
