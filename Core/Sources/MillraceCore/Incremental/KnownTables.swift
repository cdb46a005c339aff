/// The tables that a connector has captured so far, kept beside its offset so that one that is captured later is noticed.
package struct KnownTables: Sendable {
  private var names: Set<String>
  /// What goes with checkpoints; made anew when a table has come.
  package private(set) var attachment: CheckpointAttachment

  package init(_ names: [String]) {
    self.names = Set(names)
    attachment = KnownTables.attachment(self.names)
  }

  /// What a checkpoint has kept; nil where it is something else.
  package init?(_ attachment: CheckpointAttachment) {
    guard let json = try? JSONValue(parsing: attachment.text), let names = json["tables"]?.elements else { return nil }
    self.init(names.compactMap(\.string))
  }

  /// Those of `captured` that are not known.
  package func missing(of captured: [String]) -> [String] { captured.filter { !names.contains($0) } }

  /// The stream has brought a table.
  package mutating func insert(_ name: String) {
    if names.insert(name).inserted { attachment = KnownTables.attachment(names) }
  }

  private static func attachment(_ names: Set<String>) -> CheckpointAttachment {
    CheckpointAttachment { JSONValue.object([.init("tables", .array(names.sorted().map { .string($0) }))]).text() }
  }
}
