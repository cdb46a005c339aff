internal import Synchronization

/// Gives GTIDs the form in which a chunk is held against the keys that changes have touched: a number for the source, and the
/// transaction's own.
final class GTIDNumbers: Sendable {
  /// A transaction of which nobody can say that a chunk contains it.
  static let unknown = UInt64.max
  private static let numberBits: UInt64 = 44
  private let sources = Mutex<[GTIDSource: Int]>([:])

  /// The number of a MySQL transaction; `unknown` where it has none, or none that fits.
  func number(of gtid: GTID?) -> UInt64 {
    guard case .mysql(let source, let number)? = gtid, number < 1 << GTIDNumbers.numberBits else { return GTIDNumbers.unknown }
    let index = UInt64(index(of: source))
    return index < 1 << 19 ? index << GTIDNumbers.numberBits | number : GTIDNumbers.unknown
  }

  /// A set by the numbers of its sources.
  func ranges(of set: GTIDSet) -> [[Range<UInt64>]] {
    var result: [[Range<UInt64>]] = []
    for (source, ranges) in set.sources {
      let index = index(of: source)
      while result.count <= index { result.append([]) }
      result[index] = ranges
    }
    return result
  }

  /// Whether `ranges` holds a transaction.
  static func contains(_ ranges: [[Range<UInt64>]], _ transaction: UInt64) -> Bool {
    let index = Int(transaction >> numberBits), number = transaction & (1 << numberBits - 1)
    return index < ranges.count && ranges[index].contains { $0.contains(number) }
  }

  private func index(of source: GTIDSource) -> Int {
    sources.withLock { sources in
      if let known = sources[source] { return known }
      sources[source] = sources.count
      return sources.count - 1
    }
  }
}
