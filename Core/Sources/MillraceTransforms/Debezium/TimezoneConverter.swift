public import MillraceCore

/// Debezium's `io.debezium.transforms.TimezoneConverter`: times of changes in another time zone.
///
/// A time with its offset keeps its moment and gets the zone's offset; a time without one is taken for the zone's own, and becomes
/// its moment in UTC.
public enum TimezoneConverter {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("converted.timezone", required: true, "A zone, such as Europe/Berlin, or an offset, such as +08:00."),
    .init(
      "include.list",
      "Which times are converted: source:table, source:table:field, topic:topic, topic:topic:field or name:field, in a list; without it all."),
    .init("exclude.list", "Which are not, in the same form."),
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    let name = configuration.required("converted.timezone", "write a zone, such as Europe/Berlin, or an offset, such as +08:00")
    var rules = ZoneRules(fixed: 0)
    if let known = offset(name).map({ ZoneRules(fixed: $0) }) ?? ZoneRules(named: name) {
      rules = known
    } else if !name.isEmpty {
      configuration.report(
        Finding(
          key: "converted.timezone", problem: "\"\(name)\" is no time zone that this machine knows",
          advice: "write a name below /usr/share/zoneinfo (package tzdata), or an offset, such as +08:00"))
    }
    let included = TimezoneSelection(configuration.timezoneItems("include.list"))
    let excluded = TimezoneSelection(configuration.timezoneItems("exclude.list"))
    if !included.isEmpty, !excluded.isEmpty {
      configuration.report(Finding(key: "exclude.list", problem: "stands beside include.list", advice: "remove one of the two"))
    }
    return SchemaTransform(TimezoneWork(rules: rules, included: included, excluded: excluded))
  }

  /// `±hh:mm[:ss]`, up to 18 hours.
  private static func offset(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard bytes.count == 6 || bytes.count == 9, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-") else { return nil }
    let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false).map { $0.utf8.count == 2 ? Int($0) : nil }
    guard parts.count >= 2, !parts.contains(nil) else { return nil }
    let numbers = parts.compactMap(\.self)
    let seconds = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count > 2 ? numbers[2] : 0)
    guard seconds <= 18 * 3600, numbers.dropFirst().allSatisfy({ (0..<60).contains($0) }), numbers[0] >= 0 else { return nil }
    return bytes[0] == UInt8(ascii: "-") ? -seconds : seconds
  }
}

extension Configuration {
  /// The items of a list of fields, each in up to three parts.
  fileprivate mutating func timezoneItems(_ key: String) -> [[String]] {
    var items: [[String]] = []
    for item in list(key) {
      let parts = item.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      let isPlain = parts.allSatisfy { part in
        !part.isEmpty && part.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "_.\" \t".unicodeScalars.contains($0)) }
      }
      guard isPlain, parts.count <= 3, parts.count > 1 || !items.isEmpty else {
        report(
          Finding(
            key: key, problem: "has \"\(item)\", which chooses no field",
            advice: "write source:table, source:table:field, topic:topic, topic:topic:field or name:field"))
        continue
      }
      items.append(parts)
    }
    return items
  }
}

/// The fields that one of the lists names, by topic, by table, or by either.
struct TimezoneSelection: Sendable {
  private var topics: [String: Set<String>] = [:]
  private var tables: [String: Set<String>] = [:]
  private var names: [String: Set<String>] = [:]

  var isEmpty: Bool { topics.isEmpty && tables.isEmpty && names.isEmpty }

  /// An item without `source` or `topic` belongs to what the items before it say.
  init(_ items: [[String]]) {
    var prefix = ""
    for parts in items {
      var rest = parts[...]
      if parts.count > 1, ["source", "topic"].contains(parts[0].lowercased()) {
        prefix = parts[0]
        rest = rest.dropFirst()
      }
      let name = rest[rest.startIndex], field = rest.count > 1 ? rest[rest.startIndex + 1] : nil
      switch prefix {
      case "topic": topics[name, default: []].formUnion(field.map { [$0] } ?? [])
      case "source": tables[name, default: []].formUnion(field.map { [$0] } ?? [])
      default: names[name, default: []].formUnion(field.map { [$0] } ?? [])
      }
    }
  }

  /// What the list says of a record: nil where it does not name it; no fields mean all.
  func fields(table: String?, topic: String) -> Set<String>? {
    topics[topic] ?? table.flatMap { tables[$0] } ?? names[topic] ?? table.flatMap { names[$0] }
  }
}
