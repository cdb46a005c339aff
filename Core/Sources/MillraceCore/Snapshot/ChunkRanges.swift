/// Sorted ranges of units (blocks, ordinals) with gaps between them: what of a table is done. Neighbours are one range, so that
/// there are never more than there are readers and interruptions.
public struct ChunkRanges: Sendable, Equatable {
  public private(set) var ranges: [Range<UInt64>] = []

  public init() {}

  public init(_ ranges: [Range<UInt64>]) {
    for range in ranges { insert(range) }
  }

  public var isEmpty: Bool { ranges.isEmpty }

  /// Adds a range, which may touch or overlap others.
  public mutating func insert(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    let first = ranges.firstIndex { $0.upperBound >= range.lowerBound } ?? ranges.count
    let end = ranges.firstIndex { $0.lowerBound > range.upperBound } ?? ranges.count
    var whole = range
    for other in ranges[first..<end] {
      whole = min(whole.lowerBound, other.lowerBound)..<max(whole.upperBound, other.upperBound)
    }
    ranges.replaceSubrange(first..<end, with: [whole])
  }

  /// What of `whole` is in it, in order.
  public func parts(of whole: Range<UInt64>) -> [Range<UInt64>] {
    ranges.map { $0.clamped(to: whole) }.filter { !$0.isEmpty }
  }

  /// What of `whole` is missing, in order.
  public func gaps(in whole: Range<UInt64>) -> [Range<UInt64>] {
    var gaps: [Range<UInt64>] = []
    var from = whole.lowerBound
    for part in parts(of: whole) {
      if from < part.lowerBound { gaps.append(from..<part.lowerBound) }
      from = part.upperBound
    }
    if from < whole.upperBound { gaps.append(from..<whole.upperBound) }
    return gaps
  }

  /// `0-4096 8192-12288`: for a checkpoint.
  public var text: String { ranges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: " ") }

  /// nil if it is not what `text` gives.
  public init?(_ text: String) {
    for item in text.split(separator: " ") {
      let bounds = item.split(separator: "-", omittingEmptySubsequences: false)
      guard bounds.count == 2, let from = UInt64(bounds[0]), let until = UInt64(bounds[1]), from < until else { return nil }
      insert(from..<until)
    }
  }
}
