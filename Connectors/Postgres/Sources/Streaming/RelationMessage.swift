internal import MillraceCore

/// pgoutput's Relation message: what a table looks like from here on.
struct RelationMessage {
  struct Column {
    var name: String
    var type: UInt32
    var modifier: Int32
    /// Whether it belongs to the replica identity.
    var isIdentity: Bool
  }

  let id: UInt32
  let schema: String
  let name: String
  let replicaIdentity: UInt8
  let columns: [Column]

  /// Reads the message behind its kind byte.
  init(_ message: inout MessageReader) throws(MillraceError) {
    id = try message.integer(UInt32.self)
    let schema = try message.cString()
    // The server leaves pg_catalog's name out.
    self.schema = schema.isEmpty ? "pg_catalog" : schema
    name = try message.cString()
    replicaIdentity = try message.byte()
    let count = try message.integer(UInt16.self)
    var columns: [Column] = []
    for _ in 0..<count {
      let flags = try message.byte()
      let name = try message.cString()
      let type = try message.integer(UInt32.self)
      let modifier = try message.integer(Int32.self)
      columns.append(Column(name: name, type: type, modifier: modifier, isIdentity: flags & 1 == 1))
    }
    self.columns = columns
  }
}
