internal import MillraceCore

/// `converters`: the ones that Debezium ships for MySQL and MariaDB (io.debezium.connector.binlog.converters). Any other names a Java
/// class, which cannot be run here.
struct ColumnConverters: Sendable {
  private enum Converter: Sendable {
    /// TinyIntOneToBooleanConverter.
    case boolean(NameFilter?, checksLength: Bool)
    /// JdbcSinkDataTypesConverter.
    case sinkTypes(booleans: NameFilter?, reals: NameFilter?, strings: NameFilter?, isDouble: Bool)
    /// ZeroDateFallbackConverter.
    case zeroDates(ZeroDates)
  }

  private struct ZeroDates: Sendable {
    var columns: NameFilter?
    var types: Set<ColumnType> = []
    /// As the database writes them; nil for null.
    var fallbacks: [ColumnType: String] = [:]
    /// By `database.table.column`; nil for null.
    var own: [String: String?] = [:]
  }

  private var converters: [Converter] = []

  init() {}

  init(_ configuration: inout Configuration) {
    for name in configuration.list("converters") {
      let key = "\(name).type"
      guard let type = configuration[key]?.trimmed, !type.isEmpty else {
        configuration.report(
          Finding(key: key, problem: "is missing, although converters names \(name)", advice: "write the converter's class, or take \(name) out of converters"))
        continue
      }
      guard type.hasPrefix("io.debezium.connector."), let made = ColumnConverters.made(type, name, &configuration) else {
        let known = ["TinyIntOneToBooleanConverter", "JdbcSinkDataTypesConverter", "ZeroDateFallbackConverter"]
        configuration.report(
          Finding(
            key: key, problem: "names the Java class \(type), which cannot be run here",
            advice: "use one of \(known.map { "io.debezium.connector.binlog.converters." + $0 }.joined(separator: ", ")), or a transform"))
        continue
      }
      converters.append(made)
    }
  }

  private static func made(_ type: String, _ name: String, _ configuration: inout Configuration) -> Converter? {
    func filter(_ setting: String) -> NameFilter? { NameFilter("\(name).\(setting)", of: &configuration) }
    switch type.split(separator: ".").last {
    case "TinyIntOneToBooleanConverter":
      return .boolean(filter("selector"), checksLength: configuration.boolean("\(name).length.checker", default: true))
    case "JdbcSinkDataTypesConverter":
      return .sinkTypes(
        booleans: filter("selector.boolean"), reals: filter("selector.real"), strings: filter("selector.string"),
        isDouble: configuration.boolean("\(name).treat.real.as.double", default: true))
    case "ZeroDateFallbackConverter": return .zeroDates(zeroDates(name, &configuration))
    default: return nil
    }
  }

  private static func zeroDates(_ name: String, _ configuration: inout Configuration) -> ZeroDates {
    var rule = ZeroDates()
    let selector = configuration["\(name).selector"]?.trimmed
    if selector != ".*", selector?.isEmpty == false { rule.columns = NameFilter("\(name).selector", of: &configuration) }
    let targets = configuration["\(name).target.types"] ?? "DATE,DATETIME,TIMESTAMP"
    rule.types = Set(targets.lowercased().split(separator: ",").compactMap { ColumnType(rawValue: String($0).trimmed) })
    for (type, setting) in [(ColumnType.date, "date"), (.datetime, "datetime"), (.timestamp, "timestamp")] {
      rule.fallbacks[type] = fallback("\(name).fallback.\(setting)", type, &configuration)
    }
    let prefix = "\(name).column.", suffix = ".fallback"
    for key in configuration.keys where key.hasPrefix(prefix) && key.hasSuffix(suffix) && key.count > prefix.count + suffix.count {
      rule.own[String(key.dropFirst(prefix.count).dropLast(suffix.count))] = .some(configuration[key].flatMap { isNull($0) ? nil : $0.trimmed })
    }
    return rule
  }

  private static func isNull(_ text: String) -> Bool { text.trimmed.isEmpty || text.trimmed.lowercased() == "null" }

  private static func fallback(_ key: String, _ type: ColumnType, _ configuration: inout Configuration) -> String? {
    guard let text = configuration[key], !isNull(text) else { return nil }
    if literal(text, type) == nil {
      let example = type == .date ? "1970-01-01" : type == .datetime ? "1970-01-01 00:00:00" : "1970-01-01T00:00:00Z"
      configuration.report(Finding(key: key, problem: "\"\(text)\" is no \(type.rawValue.uppercased())", advice: "write it as \(example), or null"))
    }
    return text.trimmed
  }

  /// As the database writes it: `1970-01-01 00:00:00`.
  private static func literal(_ text: String, _ type: ColumnType) -> String? {
    var text = text.trimmed
    if type != .date {
      guard text.utf8.count >= 19 else { return nil }
      text = text.map { $0 == "T" ? " " : String($0) }.joined()
      if type == .timestamp {
        guard text.hasSuffix("Z") || text.hasSuffix("+00:00") else { return nil }
        text = String(text.hasSuffix("Z") ? text.dropLast() : text.dropLast(6))
      }
    }
    var batch = RecordBatch(capacity: 64)
    let codec = ColumnCodec(type == .date ? .date : .datetimeMicros)
    let isProper = Array(text.utf8).withUnsafeBytes { (try? codec.decode(text: $0, into: &batch))?.isNull == false }
    return isProper ? text : nil
  }

  /// The mapping of a column that a converter is for; nil where none is. The first that wants it has it.
  /// - Parameter table: with its database in front.
  func mapping(of column: ColumnDefinition, table: String) -> TypeMapper.Mapping? {
    for converter in converters {
      if let mapping = mapping(converter, column, "\(table).\(column.name)") { return mapping }
    }
    return nil
  }

  private func mapping(_ converter: Converter, _ column: ColumnDefinition, _ name: String) -> TypeMapper.Mapping? {
    switch converter {
    case .boolean(let selector, let checksLength):
      guard column.type == .tinyint, !column.isZerofill, !checksLength || column.length == 1, selector?.matches(name) ?? true else { return nil }
      return TypeMapper.Mapping(.boolean, ColumnCodec(column.isUnsigned ? .boolean : .positive))
    case .sinkTypes(let booleans, let reals, let strings, let isDouble):
      if booleans?.matches(name) == true { return TypeMapper.Mapping(.int16, ColumnCodec(.sign)) }
      if reals?.matches(name) == true { return TypeMapper.Mapping(isDouble ? .float64 : .float32, ColumnCodec(isDouble ? .float64 : .float32)) }
      guard strings?.matches(name) == true, column.type.isText else { return nil }
      var mapping = TypeMapper.text(column)
      mapping.parameters = [Schema.Parameter("__debezium.source.column.character_set", column.charset ?? "")]
      return mapping
    case .zeroDates(let rule): return mapping(rule, column, name)
    }
  }

  private func mapping(_ rule: ZeroDates, _ column: ColumnDefinition, _ name: String) -> TypeMapper.Mapping? {
    guard rule.types.contains(column.type), rule.columns?.matches(name) ?? true else { return nil }
    let isMicro = (column.length ?? 0) >= 4
    var mapping: TypeMapper.Mapping
    switch column.type {
    case .date: mapping = TypeMapper.Mapping(.int32, ColumnCodec(.date), name: "io.debezium.time.Date")
    case .datetime:
      mapping = TypeMapper.Mapping(
        .int64, ColumnCodec(isMicro ? .datetimeMicros : .datetimeMillis), name: isMicro ? "io.debezium.time.MicroTimestamp" : "io.debezium.time.Timestamp")
    default: mapping = TypeMapper.Mapping(.string, ColumnCodec(.timestampShort), name: "io.debezium.time.ZonedTimestamp")
    }
    mapping.codec.adjustsYears = false
    guard let fallback = rule.own[name] ?? rule.fallbacks[column.type], let text = ColumnConverters.literal(fallback, column.type) else {
      return mapping
    }
    var batch = RecordBatch(capacity: 64)
    let codec = mapping.codec
    let slot = Array(text.utf8).withUnsafeBytes { try? codec.decode(text: $0, into: &batch) }
    mapping.standIn = slot.map { batch.value($0) }
    return mapping
  }
}
