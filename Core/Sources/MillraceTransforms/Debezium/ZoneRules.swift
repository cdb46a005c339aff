internal import Glibc
internal import MillraceCore

/// The offsets of a time zone from UTC, in seconds, as they were and will be.
///
/// Source: the system's zone files (RFC 8536, version 2 and later); what no file can tell, a fixed offset.
struct ZoneRules: Sendable {
  /// Ascending moments in seconds since 1970, and the offset from each on.
  private let transitions: [(from: Int64, offset: Int)]
  /// Before the first.
  private let first: Int
  /// After the last, if the rules go on.
  private let future: YearlyRule?

  init(fixed offset: Int) {
    transitions = []
    first = offset
    future = nil
  }

  /// - Returns: nil where `name` names no zone that this machine knows.
  init?(named name: String, below folder: String = "/usr/share/zoneinfo") {
    let allowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"): true
      default: false
      }
    }
    guard allowed, !name.isEmpty, !name.hasPrefix("/"), let bytes = ZoneRules.read("\(folder)/\(name)") else { return nil }
    self.init(bytes)
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = fread(&bytes, 1, bytes.count, file)
    return count > 0 ? Array(bytes[..<count]) : nil
  }

  /// A zone file.
  init?(_ bytes: [UInt8]) {
    func number(_ at: Int, _ size: Int) -> Int64 {
      var value: Int64 = bytes[at] & 0x80 == 0 ? 0 : -1
      for index in at..<at + size { value = value << 8 | Int64(bytes[index]) }
      return value
    }
    /// The counts of a header, or nil.
    func header(_ at: Int) -> (isUT: Int, isStandard: Int, leaps: Int, times: Int, types: Int, characters: Int)? {
      guard at + 44 <= bytes.count, bytes[at..<at + 4].elementsEqual("TZif".utf8) else { return nil }
      let counts = (0..<6).map { Int(number(at + 20 + $0 * 4, 4)) }
      guard counts.allSatisfy({ (0...1 << 16).contains($0) }) else { return nil }
      return (counts[0], counts[1], counts[2], counts[3], counts[4], counts[5])
    }
    guard let short = header(0), bytes[4] >= UInt8(ascii: "2") else { return nil }
    let second = 44 + short.times * 5 + short.types * 6 + short.characters + short.leaps * 8 + short.isStandard + short.isUT
    guard let long = header(second), long.types > 0 else { return nil }
    let times = second + 44, indices = times + long.times * 8, types = indices + long.times
    let end = types + long.types * 6 + long.characters + long.leaps * 12 + long.isStandard + long.isUT
    guard end <= bytes.count else { return nil }
    let offsets = (0..<long.types).map { Int(number(types + $0 * 6, 4)) }
    var transitions: [(from: Int64, offset: Int)] = []
    for index in 0..<long.times {
      let type = Int(bytes[indices + index])
      guard type < offsets.count else { return nil }
      transitions.append((number(times + index * 8, 8), offsets[type]))
    }
    self.transitions = transitions
    first = offsets[0]
    let footer = bytes[end...].split(separator: 0x0a, omittingEmptySubsequences: true).first.map { String(decoding: $0, as: UTF8.self) }
    future = footer.flatMap { YearlyRule($0) }
  }

  /// The offset at a moment.
  /// - Parameter moment: seconds since 1970 in UTC.
  func offset(at moment: Int64) -> Int {
    guard let last = transitions.last else { return future?.offset(at: moment) ?? first }
    if moment >= last.from { return future?.offset(at: moment) ?? last.offset }
    var low = 0, high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].from <= moment { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? first : transitions[low - 1].offset
  }

  /// The offset at a time of day as clocks of the zone show it; where they show it twice or never, the one before the change
  /// (java.time.zone.ZoneRules.getOffset).
  /// - Parameter local: seconds since 1970-01-01T00:00 on those clocks.
  func offset(local: Int64) -> Int {
    let before = offset(at: local &- 86_400 &- Int64(first)), after = offset(at: local &+ 86_400 &- Int64(first))
    if before == after { return before }
    if offset(at: local &- Int64(before)) == before { return before }
    return offset(at: local &- Int64(after)) == after ? after : before
  }
}

/// The rule of a zone's future: standard time, and perhaps summer time between two days of each year
/// (POSIX's TZ variable with the extensions of RFC 8536).
struct YearlyRule: Sendable {
  private enum Day: Sendable {
    /// From 1 to 365; 29 February is never counted.
    case julian(Int)
    /// From 0 to 365.
    case ofYear(Int)
    case weekday(month: Int, week: Int, day: Int)
  }

  private let standard: Int
  private let summer: (offset: Int, from: Day, fromTime: Int, to: Day, toTime: Int)?

  init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    guard YearlyRule.skipName(&rest), let standard = YearlyRule.time(&rest) else { return nil }
    self.standard = -standard
    if rest.isEmpty {
      summer = nil
      return
    }
    guard YearlyRule.skipName(&rest) else { return nil }
    var offset = -standard + 3600
    if rest.first != UInt8(ascii: ",") {
      guard let own = YearlyRule.time(&rest) else { return nil }
      offset = -own
    }
    guard let from = YearlyRule.day(&rest), let to = YearlyRule.day(&rest), rest.isEmpty else { return nil }
    summer = (offset, from.day, from.time, to.day, to.time)
  }

  func offset(at moment: Int64) -> Int {
    guard let summer else { return standard }
    let year = CivilTime(days: Clock.floorDivide(moment &+ Int64(standard), 86_400)).year
    let begin = YearlyRule.moment(summer.from, year) + Int64(summer.fromTime - standard)
    let end = YearlyRule.moment(summer.to, year) + Int64(summer.toTime - summer.offset)
    let isSummer = begin < end ? (begin..<end).contains(moment) : !(end..<begin).contains(moment)
    return isSummer ? summer.offset : standard
  }

  /// Midnight of the day, in seconds since 1970 of the local clock.
  private static func moment(_ day: Day, _ year: Int64) -> Int64 {
    let january = CivilTime(year: year, month: 1, day: 1).days
    switch day {
    case .julian(let number):
      let isLeap = CivilTime(year: year, month: 3, day: 1).days - january == 60
      return (january + Int64(number - 1 + (isLeap && number >= 60 ? 1 : 0))) * 86_400
    case .ofYear(let number): return (january + Int64(number)) * 86_400
    case .weekday(let month, let week, let day):
      let first = CivilTime(year: year, month: month, day: 1)
      var date = first.days + Int64((day - first.weekday % 7 + 7) % 7) + Int64(week - 1) * 7
      if date >= CivilTime(year: year, month: month + 1, day: 1).days { date -= 7 }
      return date * 86_400
    }
  }

  private static func skipName(_ rest: inout ArraySlice<UInt8>) -> Bool {
    if rest.first == UInt8(ascii: "<") {
      guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
      rest = rest[(end + 1)...]
      return true
    }
    let end = rest.firstIndex { !(UInt8(ascii: "A")...UInt8(ascii: "z")).contains($0) } ?? rest.endIndex
    guard end > rest.startIndex else { return false }
    rest = rest[end...]
    return true
  }

  private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
    var value = 0, count = 0
    while let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), count < 4 {
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      count += 1
      rest.removeFirst()
    }
    return count == 0 ? nil : value
  }

  private static func take(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
    guard let byte = rest.first, UInt32(byte) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  private static func time(_ rest: inout ArraySlice<UInt8>) -> Int? {
    let isNegative = take(&rest, "-")
    if !isNegative { _ = take(&rest, "+") }
    guard var seconds = number(&rest).map({ $0 * 3600 }) else { return nil }
    for unit in [60, 1] where take(&rest, ":") {
      guard let value = number(&rest) else { return nil }
      seconds += value * unit
    }
    return isNegative ? -seconds : seconds
  }

  private static func day(_ rest: inout ArraySlice<UInt8>) -> (day: Day, time: Int)? {
    guard take(&rest, ",") else { return nil }
    let day: Day
    if take(&rest, "M") {
      guard let month = number(&rest), take(&rest, "."), let week = number(&rest), take(&rest, "."), let weekday = number(&rest),
        (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
      else { return nil }
      day = .weekday(month: month, week: week, day: weekday)
    } else if take(&rest, "J") {
      guard let number = number(&rest) else { return nil }
      day = .julian(number)
    } else {
      guard let number = number(&rest) else { return nil }
      day = .ofYear(number)
    }
    if !take(&rest, "/") { return (day, 7200) }
    return time(&rest).map { (day, $0) }
  }
}
