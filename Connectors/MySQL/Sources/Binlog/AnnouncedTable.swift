internal import Glibc
internal import MillraceCore

/// A table as the log announces it.
final class AnnouncedTable {
  let bytes: [UInt8]
  let map: TableMap
  let shape: TableShape?
  /// The table's number in the transaction metadata.
  let collection: Int
  let hasJSON: Int
  /// Unpacks the values of MariaDB's compressed columns; nil without one.
  let values: CompressedValues?
  /// Whether its new rows are signals.
  let isSignals: Bool
  /// Notes the keys that changes touch, while an incremental snapshot reads the table.
  var watch: KeyWatch?
  var watchVersion = UInt64.max

  init(bytes: [UInt8], map: TableMap, shape: TableShape?, collection: Int, isSignals: Bool) {
    self.isSignals = isSignals
    self.bytes = bytes
    self.map = map
    self.shape = shape
    self.collection = collection
    hasJSON = map.columns.count { $0.kind == .json }
    values = map.columns.contains(where: \.isCompressed) ? CompressedValues() : nil
  }

  /// Whether the body of a TABLE_MAP says the same again.
  func isAnnounced(by body: UnsafeRawBufferPointer) -> Bool {
    bytes.withUnsafeBytes { known in
      guard known.count == body.count, let left = known.baseAddress, let right = body.baseAddress else { return false }
      return memcmp(left, right, known.count) == 0
    }
  }
}
