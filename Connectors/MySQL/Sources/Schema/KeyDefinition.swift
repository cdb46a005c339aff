/// An index of a table, the primary key apart.
package struct KeyDefinition: Equatable, Sendable {
  package var name: String
  /// The columns in the order of the key; a part that is an expression is no column and is left out.
  package var columns: [String]
  package var isUnique: Bool
  /// Whether a part is an expression: such a key names no row by its columns alone.
  package var hasExpressions = false

  package init(_ name: String, _ columns: [String], isUnique: Bool) {
    self.name = name
    self.columns = columns
    self.isUnique = isUnique
  }
}
