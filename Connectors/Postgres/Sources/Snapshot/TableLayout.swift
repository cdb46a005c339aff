internal import MillraceCore

/// How the rows of a table lie in files, and which stretches of them are to be read.
///
/// A partitioned table has a file per leaf, an ordinary one is its own leaf. Units are blocks: leaf `n` has those from `n << 32` on,
/// so that no chunk spans two leaves.
struct TableLayout: Sendable, Equatable {
  struct Leaf: Sendable, Equatable {
    var oid: UInt32
    /// Quoted, with its schema.
    var name: String
    /// A rewritten table (VACUUM FULL, TRUNCATE) has another one.
    var fileNode: String
    var blocks: UInt64
  }

  var leaves: [Leaf]
  /// Columns of the key. Rows that were delivered with another key have to come again.
  var key: [String]

  /// What the ranges of a checkpoint go with. The first run wrote a file node alone before there were several leaves.
  var text: String {
    let files = leaves.map(\.fileNode).joined(separator: "+")
    let key = key.map { $0.map { "\\()".contains($0) ? "\\\($0)" : "\($0)" }.joined() }.joined(separator: "\\,")
    let text = "\(files)(\(key))"
    return text.utf8.count <= 200 ? text : "\(leaves.count)#\(TableLayout.digest(text))"
  }

  /// Whether ranges that were stored with `layout` still mean the same.
  func agrees(with layout: String) -> Bool {
    layout == text || leaves.count == 1 && layout == leaves[0].fileNode
  }

  static func units(of leaf: Int) -> Range<UInt64> { UInt64(leaf) << 32..<UInt64(leaf + 1) << 32 }

  /// What is left to read after `done`, and behind it what has to be looked through for rows that moved there.
  func stretches(after done: ChunkRanges) -> [(range: Range<UInt64>, end: UInt64, isCatchUp: Bool)] {
    var stretches: [(Range<UInt64>, UInt64, Bool)] = []
    for (index, leaf) in leaves.enumerated() {
      let units = TableLayout.units(of: index)
      stretches += done.gaps(in: units).map { ($0, min($0.upperBound, units.lowerBound + leaf.blocks), false) }
    }
    for index in leaves.indices {
      stretches += done.parts(of: TableLayout.units(of: index)).map { ($0, $0.upperBound, true) }
    }
    return stretches
  }

  /// The leaf of a range and the condition on it; empty where it is the whole leaf.
  func condition(for range: Range<UInt64>) -> (leaf: Int, text: String) {
    let leaf = Int(range.lowerBound >> 32)
    let units = TableLayout.units(of: leaf)
    var conditions: [String] = []
    if range.lowerBound > units.lowerBound { conditions.append("ctid >= '(\(range.lowerBound - units.lowerBound),0)'") }
    if range.upperBound < units.upperBound { conditions.append("ctid < '(\(range.upperBound - units.lowerBound),0)'") }
    return (leaf, conditions.joined(separator: " AND "))
  }

  /// FNV-1a, 64 bit.
  private static func digest(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}
