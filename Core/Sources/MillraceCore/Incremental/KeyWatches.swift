/// The watches of the tables that are being read, for the decoder to find. Used by the connector's thread only.
package final class KeyWatches {
  private var byTable: [String: KeyWatch] = [:]
  /// Grows with each change, so that who has kept a watch sees that it is to be looked up again.
  package private(set) var version: UInt64 = 0

  package init() {}

  package subscript(table: String) -> KeyWatch? {
    get { byTable[table] }
    set {
      byTable[table] = newValue
      version &+= 1
    }
  }
}
