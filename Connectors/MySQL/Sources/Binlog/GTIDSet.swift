internal import MillraceCore

/// Which transactions are done: MySQL's sets of numbers by source, or MariaDB's last number by domain. An empty set is of either kind.
struct GTIDSet: Sendable, Equatable {
  /// MySQL: closed-open ranges, in order, without gaps of nothing between them.
  private(set) var sources: [GTIDSource: [Range<UInt64>]] = [:]
  /// MariaDB: the last transaction of each domain.
  private(set) var domains: [UInt32: Last] = [:]

  struct Last: Sendable, Equatable {
    var server: UInt32
    var number: UInt64
  }

  /// Numbers are below this: they are signed on the server.
  static let end: UInt64 = 1 << 63

  init() {}

  var isEmpty: Bool { sources.isEmpty && domains.isEmpty }

  // MARK: text

  /// Reads MySQL's form `uuid:1-5:7:tag:1-3,…`, or MariaDB's `0-1-100,…`.
  /// - Throws: `mysql.gtids` where it is neither.
  init(_ text: String) throws(MillraceError) {
    for item in text.split(separator: ",") {
      let item = String(item).trimmed
      if item.isEmpty { continue }
      if item.contains(":") { try addSource(item) } else { try addDomain(item) }
    }
    if !sources.isEmpty, !domains.isEmpty { throw GTIDSet.invalid }
  }

  private mutating func addSource(_ item: String) throws(MillraceError) {
    let parts = item.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmed }
    let uuid = parts[0].lowercased()
    guard GTIDSource(uuid: uuid).bytes.count == 16, uuid.utf8.count == 36 else { throw GTIDSet.invalid }
    var source = GTIDSource(uuid: uuid)
    for part in parts.dropFirst() {
      guard let first = part.first else { throw GTIDSet.invalid }
      if !first.isNumber {
        source = GTIDSource(uuid: uuid, tag: part.lowercased())
        continue
      }
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt64(String($0).trimmed) }
      guard (1...2).contains(bounds.count), let low = bounds[0], let high = bounds[bounds.count - 1], low > 0, low <= high, high < GTIDSet.end else {
        throw GTIDSet.invalid
      }
      insert(low..<high + 1, of: source)
    }
  }

  private mutating func addDomain(_ item: String) throws(MillraceError) {
    let parts = item.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let domain = UInt32(parts[0]), let server = UInt32(parts[1]), let number = UInt64(parts[2]) else { throw GTIDSet.invalid }
    insert(.mariadb(domain: domain, server: server, number: number))
  }

  private static var invalid: MillraceError {
    MillraceError(
      code: "mysql.gtids", component: "mysql", retry: .stop, message: "a set of GTIDs cannot be read",
      advice: "restore the offset from a copy, or remove it to begin with a new snapshot")
  }

  // MARK: members

  mutating func insert(_ gtid: GTID) {
    switch gtid {
    case .mysql(let source, let number):
      // Nearly always the next one.
      if let last = sources[source]?.last, last.upperBound == number {
        let index = (sources[source]?.count ?? 1) - 1
        sources[source]?[index] = last.lowerBound..<number + 1
      } else if number > 0, number < GTIDSet.end {
        insert(number..<number + 1, of: source)
      }
    case .mariadb(let domain, let server, let number): domains[domain] = Last(server: server, number: number)
    }
  }

  private mutating func insert(_ range: Range<UInt64>, of source: GTIDSource) {
    var result: [Range<UInt64>] = []
    var new = range
    for old in sources[source] ?? [] {
      if old.upperBound < new.lowerBound {
        result.append(old)
      } else if old.lowerBound > new.upperBound {
        result.append(new)
        new = old
      } else {
        new = min(old.lowerBound, new.lowerBound)..<max(old.upperBound, new.upperBound)
      }
    }
    sources[source] = result + [new]
  }

  func contains(_ gtid: GTID) -> Bool {
    switch gtid {
    case .mysql(let source, let number): sources[source]?.contains { $0.contains(number) } ?? false
    case .mariadb(let domain, _, let number): (domains[domain]?.number ?? 0) >= number
    }
  }

  // MARK: sets

  /// What either holds; of MariaDB's domains the later one.
  func union(_ other: GTIDSet) -> GTIDSet {
    var result = self
    for (source, ranges) in other.sources { for range in ranges { result.insert(range, of: source) } }
    for (domain, last) in other.domains where (domains[domain]?.number ?? 0) < last.number { result.domains[domain] = last }
    return result
  }

  /// What `other` does not hold; of MariaDB's domains those where this one is later.
  func subtracting(_ other: GTIDSet) -> GTIDSet {
    var result = GTIDSet()
    for (source, ranges) in sources {
      var left = ranges
      for hole in other.sources[source] ?? [] {
        left = left.flatMap { range in
          [range.lowerBound..<min(range.upperBound, max(range.lowerBound, hole.lowerBound)), max(range.lowerBound, min(range.upperBound, hole.upperBound))..<range.upperBound]
            .filter { !$0.isEmpty }
        }
      }
      if !left.isEmpty { result.sources[source] = left }
    }
    for (domain, last) in domains where (other.domains[domain]?.number ?? 0) < last.number { result.domains[domain] = last }
    return result
  }

  func isSubset(of other: GTIDSet) -> Bool { subtracting(other).isEmpty }

  /// The part whose origin (UUID or domain) passes.
  func filtered(_ passes: (String) -> Bool) -> GTIDSet {
    var result = GTIDSet()
    result.sources = sources.filter { passes($0.key.uuid) }
    result.domains = domains.filter { passes("\($0.key)") }
    return result
  }

  // MARK: COM_BINLOG_DUMP_GTID

  /// The form in which MySQL takes a set; the one with tags only where there are any, because servers before 8.3 do not know it.
  var encoded: [UInt8] {
    let isTagged = sources.keys.contains { !$0.tag.isEmpty }
    var bytes: [UInt8] = []
    func append(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    append(isTagged ? 1 << 56 | UInt64(sources.count) << 8 | 1 : UInt64(sources.count))
    for source in sources.keys.sorted() {
      bytes += source.bytes
      // Its length as a number of variable length, which for a small one is the double.
      if isTagged { bytes += [UInt8(source.tag.utf8.count << 1)] + Array(source.tag.utf8) }
      let ranges = sources[source] ?? []
      append(UInt64(ranges.count))
      for range in ranges {
        append(range.lowerBound)
        append(range.upperBound)
      }
    }
    return bytes
  }
}

extension GTIDSet: CustomStringConvertible {
  var description: String {
    if !domains.isEmpty {
      return domains.keys.sorted().map { "\($0)-\(domains[$0]?.server ?? 0)-\(domains[$0]?.number ?? 0)" }.joined(separator: ",")
    }
    var items: [String] = []
    var uuid = ""
    for source in sources.keys.sorted() {
      let ranges = (sources[source] ?? []).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound - 1)" }
      let text = ([source.tag].filter { !$0.isEmpty } + ranges).joined(separator: ":")
      if source.uuid == uuid {
        items[items.count - 1] += ":" + text
      } else {
        items.append(source.uuid + ":" + text)
      }
      uuid = source.uuid
    }
    return items.joined(separator: ",")
  }
}
