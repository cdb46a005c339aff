import MillraceCore
import Testing

@testable import MillracePostgres

struct PostgresSettingsTests {
  private static let sound = [
    "database.hostname": "db", "database.user": "cdc", "database.password": "secret", "database.dbname": "shop", "topic.prefix": "srv",
  ]

  private func settings(_ changes: [String: String] = [:], without key: String? = nil) -> (settings: PostgresSettings, findings: [Finding]) {
    var values = Self.sound
    for (key, value) in changes { values[key] = value }
    if let key { values[key] = nil }
    var configuration = Configuration(values)
    let settings = PostgresSettings(&configuration)
    return (settings, configuration.findings)
  }

  @Test func theDefaultsAreDebeziums() {
    let (settings, findings) = settings()
    #expect(findings.isEmpty)
    #expect(settings.connection.hosts.map(\.name) == ["db"] && settings.connection.hosts.map(\.port) == [5432])
    #expect(settings.slot.name == "debezium")
    #expect(settings.publication == "dbz_publication")
    #expect(settings.publicationMode == .allTables)
    #expect(settings.snapshot.mode == .initial)
    #expect(settings.tombstones)
    #expect(settings.contextHeaders)
    #expect(!settings.slot.dropsOnStop)
    #expect(settings.statusInterval == .seconds(10))
    #expect(settings.skipped == ["t"])
    #expect(settings.naming.dataChange(schema: "public", table: "t") == settings.prefix + ".public.t")
    #expect(settings.types == TypeModes())
    #expect(settings.propagation == nil)
    #expect(settings.name == "srv")
  }

  @Test func theTopicsOfTheSideChannelsAreDebeziums() {
    let plain = settings().settings
    #expect(plain.naming.heartbeat == "__debezium-heartbeat.srv")
    #expect(plain.naming.transaction == "srv.transaction")
    #expect(!plain.transactionMetadata)
    #expect(plain.heartbeat.interval == .zero)
    let named = settings([
      "topic.heartbeat.prefix": "beat", "topic.delimiter": "-", "topic.transaction": "tx", "heartbeat.interval.ms": "500",
      "heartbeat.action.query": "select 1",
    ]).settings
    #expect(named.naming.heartbeat == "beat-srv")
    #expect(named.naming.transaction == "srv-tx")
    #expect(named.heartbeat.query == "select 1")
    // As recorded: Debezium knows the old name, and does not go by it.
    #expect(settings(["heartbeat.topics.prefix": "old"]).settings.naming.heartbeat == "__debezium-heartbeat.srv")
    #expect(settings(["topic.heartbeat.name": "all"]).settings.naming.heartbeat == "all")
  }

  @Test(arguments: ["sourceinfo.struct.maker", "transaction.metadata.factory"]) func aJavaClassIsRefused(_ key: String) throws {
    let finding = try #require(settings([key: "com.example.Own"]).findings.first)
    #expect(finding.key == key && finding.severity == .error)
    #expect(finding.problem.contains("cannot be loaded"))
    let standard = try #require(PostgresOptions.all.first { $0.name == key }?.defaultValue)
    #expect(settings([key: standard]).findings.isEmpty)
  }

  @Test func aQueryWithoutHeartbeatsIsWarnedAbout() {
    let findings = settings(["heartbeat.action.query": "select 1"]).findings
    #expect(findings.map(\.key) == ["heartbeat.action.query"])
    #expect(findings.first?.severity == .warning)
  }

  @Test(arguments: ["database.hostname", "database.user", "database.dbname", "topic.prefix"])
  func whatIsMissingIsFound(_ key: String) {
    #expect(settings(without: key).findings.map(\.key) == [key])
    #expect(settings([key: ""]).findings.map(\.key) == [key])
  }

  @Test(arguments: [
    ("database.port", "0"), ("database.port", "65536"), ("database.port", "x"), ("database.sslmode", "maybe"),
    ("database.tcpKeepAlive", "yes"), ("topic.prefix", "my server"), ("slot.name", "Slot"), ("slot.name", "my-slot"), ("slot.name", ""),
    ("slot.name", String(repeating: "a", count: 64)), ("slot.drop.on.stop", "1"), ("publication.autocreate.mode", "some"),
    ("snapshot.mode", "never"), ("tombstones.on.delete", "no"), ("extended.headers.enabled", ""), ("status.update.interval.ms", "99"),
    ("skipped.operations", "c,x"), ("skipped.operations", "none,c"), ("skip.messages.without.change", "maybe"),
    ("guardrail.collections.max", "-1"), ("guardrail.collections.limit.action", "stop"), ("message.prefix.include.list", "("),
    ("message.key.columns", "t"), ("column.mask.with.x.chars", "t"), ("schema.name.adjustment.mode", "some"),
    ("field.name.adjustment.mode", "some"), ("topic.naming.strategy", "com.example.Mine"),
    ("plugin.name", "decoderbufs"), ("table.include.list", "public.(t"),
    ("schema.exclude.list", "["), ("decimal.handling.mode", "exact"), ("time.precision.mode", "structured"),
    ("binary.handling.mode", "octal"), ("hstore.handling.mode", "text"), ("interval.handling.mode", "iso"),
    ("money.fraction.digits", "11"), ("include.unknown.datatypes", "1"), ("column.propagate.source.type", "("),
    ("datatype.propagate.source.type", "*"),
  ])
  func whatIsWrongIsFoundUnderItsKey(_ key: String, _ value: String) {
    let findings = settings([key: value]).findings
    #expect(findings.map(\.key) == [key])
    #expect(findings.allSatisfy { $0.severity == .error && !$0.advice.isEmpty })
  }

  @Test func theModesOfValuesAreRead() {
    let types = settings([
      "decimal.handling.mode": "string", "time.precision.mode": "adaptive_time_microseconds",
      "binary.handling.mode": "base64-url-safe", "hstore.handling.mode": "map", "interval.handling.mode": "string",
      "money.fraction.digits": "0", "include.unknown.datatypes": "true",
    ]).settings.types
    #expect(types.decimals == .string && types.times == .adaptiveTimeMicroseconds && types.binaries == .base64URLSafe)
    #expect(types.hstoreIsMap && types.intervalIsText && types.includesUnknownTypes && types.moneyFractionDigits == 0)
  }

  @Test func allFindingsAreReportedAtOnce() {
    let findings = settings(["database.port": "x", "slot.name": "A", "plugin.name": "wal2json"], without: "database.hostname").findings
    #expect(Set(findings.map(\.key)) == ["database.hostname", "database.port", "slot.name", "plugin.name"])
  }

  @Test func choicesAreReadWithoutRegardToCase() {
    let (settings, findings) = settings([
      "snapshot.mode": "NO_DATA", "publication.autocreate.mode": "Filtered", "skipped.operations": "C, d", "plugin.name": "pgoutput",
    ])
    #expect(findings.isEmpty)
    #expect(settings.snapshot.mode == .noData)
    #expect(settings.publicationMode == .filtered)
    #expect(settings.skipped == ["c", "d"])
  }

  @Test func noneMeansThatNothingIsSkipped() {
    let skipped = SkippedOperations(settings(["skipped.operations": "none"]).settings.skipped)
    #expect(!skipped.creates && !skipped.updates && !skipped.deletes && !skipped.truncates)
  }

  @Test func everyConnectionFixesTheFormOfValues() {
    let settings = settings(["name": "run", "database.port": "6432"]).settings
    let parameters = Dictionary(settings.connection.parameters(replication: false)) { first, _ in first }
    #expect(parameters["host"] == "db")
    #expect(parameters["port"] == "6432")
    #expect(parameters["user"] == "cdc")
    #expect(parameters["password"] == "secret")
    #expect(parameters["dbname"] == "shop")
    #expect(parameters["client_encoding"] == "UTF8")
    #expect(parameters["application_name"] == "millrace run")
    #expect(parameters["sslmode"] == "prefer")
    #expect(parameters["replication"] == nil)
    #expect(parameters["keepalives"] == nil)
    let options = parameters["options"] ?? ""
    for option in [
      "DateStyle=ISO", "IntervalStyle=postgres", "TimeZone=UTC", "extra_float_digits=3", "bytea_output=hex", "lc_monetary=C",
      "statement_timeout=0",
    ] { #expect(options.contains("-c \(option)")) }
  }

  @Test func aConnectionForReplicationSaysSo() {
    let settings = settings().settings
    #expect(settings.connection.parameters(replication: true).contains { $0 == ("replication", "database") })
  }

  @Test func settingsOfEncryptionArePassedOn() {
    let settings = settings([
      "database.sslmode": "verify-full", "database.sslcert": "/c", "database.sslkey": "/k", "database.sslpassword": "p",
      "database.sslrootcert": "/r", "database.tcpKeepAlive": "false",
    ]).settings
    let parameters = Dictionary(settings.connection.parameters(replication: false)) { first, _ in first }
    #expect(parameters["sslmode"] == "verify-full")
    #expect(parameters["sslcert"] == "/c")
    #expect(parameters["sslkey"] == "/k")
    #expect(parameters["sslpassword"] == "p")
    #expect(parameters["sslrootcert"] == "/r")
    #expect(parameters["keepalives"] == "0")
  }

  @Test func everySettingThatIsReadIsAnOption() {
    let names = Set(PostgresOptions.all.map(\.name))
    for key in [
      "database.hostname", "database.port", "database.sslmode", "slot.name", "slot.drop.on.stop", "publication.name",
      "publication.autocreate.mode", "snapshot.mode", "skipped.operations", "tombstones.on.delete", "extended.headers.enabled",
      "status.update.interval.ms", "plugin.name", "topic.prefix", "topic.delimiter", "table.include.list", "schema.exclude.list",
    ] { #expect(names.contains(key), "\(key)") }
  }
}

struct TableFilterTests {
  private func filter(_ values: [String: String] = [:]) -> TableFilter {
    var configuration = Configuration(values)
    return TableFilter(&configuration)
  }

  private static let tables = [("public", "a"), ("public", "b"), ("shop", "a"), ("Shop", "Orders")]

  private func captured(_ values: [String: String]) -> [String] {
    let filter = filter(values)
    return Self.tables.filter { filter.captures(schema: $0.0, table: $0.1) }.map { "\($0.0).\($0.1)" }
  }

  @Test func withoutListsEveryTableIsCaptured() {
    #expect(captured([:]) == ["public.a", "public.b", "shop.a", "Shop.Orders"])
    #expect(captured(["table.include.list": " "]) == ["public.a", "public.b", "shop.a", "Shop.Orders"])
  }

  @Test func includedTablesAreNamedWithTheirSchema() {
    #expect(captured(["table.include.list": "public.a, shop\\..*"]) == ["public.a", "shop.a", "Shop.Orders"])
    #expect(captured(["table.include.list": "a"]).isEmpty)
  }

  @Test func excludedTablesAreLeftOut() {
    #expect(captured(["table.exclude.list": "public.a"]) == ["public.b", "shop.a", "Shop.Orders"])
  }

  @Test func schemasAreIncludedOrExcluded() {
    #expect(captured(["schema.include.list": "public"]) == ["public.a", "public.b"])
    #expect(captured(["schema.exclude.list": "PUBLIC"]) == ["shop.a", "Shop.Orders"])
  }

  @Test func aTableMustPassBothLists() {
    #expect(captured(["schema.include.list": "shop", "table.exclude.list": "shop.orders"]) == ["shop.a"])
    #expect(captured(["schema.include.list": "public", "table.include.list": "shop.a"]).isEmpty)
  }

  @Test func theSystemsOwnTablesAreNeverCaptured() {
    for schema in ["pg_catalog", "information_schema", "pg_toast", "pg_toast_temp_3", "pg_temp_3"] {
      #expect(!filter(["table.include.list": ".*"]).captures(schema: schema, table: "t"))
    }
    #expect(filter().captures(schema: "pgcatalog", table: "t"))
  }

  @Test func columnsAreNamedWithSchemaAndTable() {
    let included = filter(["column.include.list": "public.a.id,.*\\.name"])
    #expect(included.captures(schema: "public", table: "a", column: "ID"))
    #expect(included.captures(schema: "shop", table: "b", column: "name"))
    #expect(!included.captures(schema: "public", table: "a", column: "other"))
    let excluded = filter(["column.exclude.list": "public.a.secret"])
    #expect(!excluded.captures(schema: "public", table: "a", column: "secret"))
    #expect(excluded.captures(schema: "public", table: "b", column: "secret"))
    #expect(filter().captures(schema: "public", table: "a", column: "secret"))
  }

  @Test func patternsThatMatchNothingAreToldWithWhatWasMeant() {
    let filter = filter(["schema.include.list": "publc", "table.include.list": "public.a,public.x_*"])
    let unmatched = filter.unmatched(schemas: ["public"], tables: ["public.a", "public.x_1"])
    #expect(unmatched.map(\.key) == ["schema.include.list", "table.include.list"])
    #expect(unmatched.map(\.pattern) == ["publc", "public.x_*"])
    #expect(unmatched.map(\.meant) == ["public", "public\\.x_.*"])
  }

  @Test func excludedPatternsNeedNotMatch() {
    #expect(filter(["table.exclude.list": "none.such"]).unmatched(schemas: ["public"], tables: ["public.a"]).isEmpty)
  }
}
