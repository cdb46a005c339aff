import MillraceCore
import Testing

struct TopicNamingTests {
  private func naming(_ settings: [String: String], findings expected: [String] = []) -> TopicNaming {
    var configuration = Configuration(["topic.prefix": "srv"].merging(settings) { $1 })
    let naming = TopicNaming(&configuration, parts: .schema)
    #expect(configuration.findings.map(\.key) == expected)
    return naming
  }

  private func strategy(_ name: String, _ settings: [String: String] = [:], findings: [String] = []) -> TopicNaming {
    naming(["topic.naming.strategy": "io.debezium.schema.\(name)TopicNamingStrategy"].merging(settings) { $1 }, findings: findings)
  }

  @Test func partsAreJoinedByTheDelimiter() {
    #expect(TopicNaming(prefix: "srv").dataChange(schema: "public", table: "orders") == "srv.public.orders")
    #expect(TopicNaming(prefix: "srv", delimiter: "_").dataChange(schema: "public", table: "orders") == "srv_public_orders")
  }

  @Test func whatKafkaDoesNotAllowBecomesAnUnderscore() {
    #expect(TopicNaming(prefix: "srv").dataChange(schema: "aZ09._-", table: "a b$c/d\u{e9}\n\"") == "srv.aZ09._-.a_b_c_d___")
    #expect(TopicNaming(prefix: "srv").dataChange(schema: "my schema", table: "t#1") == "srv.my_schema.t_1")
  }

  @Test func aCharacterOutsideTheBasicPlaneBecomesTwoUnderscoresAsInJava() {
    #expect(TopicNaming(prefix: "a").dataChange(table: "a\u{1F600}b\u{20AC}c") == "a.a__b_c")
  }

  @Test func namesAreCutAt249() {
    let naming = TopicNaming(prefix: "p", delimiter: "-")
    #expect(naming.dataChange(table: String(repeating: "x", count: 300)) == "p-" + String(repeating: "x", count: 247))
    #expect(naming.dataChange(table: String(repeating: "x", count: 247)).count == 249)
    #expect(naming.dataChange(table: String(repeating: "\u{1F600}", count: 125)) == "p-" + String(repeating: "_", count: 247))
  }

  @Test func dotsAloneAreNoName() {
    // Blank parts are left out, and with them their delimiter.
    #expect(TopicNaming(prefix: ".").dataChange(schema: "", table: " ") == "_")
    #expect(TopicNaming(prefix: "..").dataChange(schema: " ", table: "") == "__")
    #expect(TopicNaming(prefix: "...").dataChange(table: "") == "...")
  }

  @Test func heartbeatAndTransactionTopicsAreMadeOfTheirOwnSettings() {
    #expect(naming([:]).heartbeat == "__debezium-heartbeat.srv")
    #expect(naming([:]).transaction == "srv.transaction")
    let other = naming(["topic.delimiter": "-", "topic.heartbeat.prefix": "beat", "topic.transaction": "tx"])
    #expect(other.heartbeat == "beat-srv")
    #expect(other.transaction == "srv-tx")
    #expect(naming(["topic.heartbeat.prefix": "beat", "topic.heartbeat.name": "pulse"]).heartbeat == "pulse")
    // The strategy does not change them.
    #expect(strategy("SchemaUnicode").heartbeat == "__debezium-heartbeat.srv")
  }

  @Test func theStrategyChoosesThePartsAndTheReplacement() {
    #expect(strategy("Default").dataChange(schema: "public", table: "t") == "srv.t")
    #expect(strategy("Default").dataChange(database: "shop", schema: "public", table: "t") == "srv.shop.t")
    #expect(strategy("SchemaUnicode").dataChange(schema: "s_1", table: "ü €😀-.t") == "srv.s_u005f1._u00fc_u0020_u20ac_ud83d_ude00-.t")
    #expect(strategy("DefaultUnicode").dataChange(schema: "s", table: "a_b") == "srv.a_u005fb")
  }

  @Test func aRegexStrategyPutsSeveralTablesIntoOneTopic() throws {
    let naming = strategy("SchemaRegex", ["topic.regex": #"(.*)\.shard(\d)_(.*)"#, "topic.replacement": #"$1.\$all.$3"#])
    #expect(naming.dataChange(schema: "public", table: "shard1_orders") == "srv.public.$all.orders")
    #expect(naming.dataChange(schema: "public", table: "orders") == "srv.public.orders")
    let key = try #require(naming.keyIdentifier(schema: "pub lic", table: "shard1_orders"))
    // Not sanitised.
    #expect(key.field == "__dbz__physicalTableIdentifier" && key.value == "srv.pub lic.shard1_orders")
    #expect(TopicNaming(prefix: "srv").keyIdentifier(schema: "public", table: "t") == nil)
  }

  @Test func theFieldOfTheKeyIsConfigurable() throws {
    let settings = ["topic.regex": "(?<all>.*)", "topic.replacement": "${all}", "topic.key.field.regex": #"(.*)_([0-9])"#]
    let named = strategy(
      "SchemaRegex", settings.merging(["topic.key.field.name": "shard", "topic.key.field.replacement": "$2"]) { $1 })
    let key = try #require(named.keyIdentifier(schema: "public", table: "t_7"))
    #expect(key.field == "shard" && key.value == "7")
    #expect(named.keyIdentifier(schema: "public", table: "t")?.value == "srv.public.t")
    let without = strategy(
      "SchemaRegex", settings.merging(["topic.key.enforce.uniqueness": "false", "topic.key.field.replacement": "x"]) { $1 })
    #expect(without.keyIdentifier(schema: "public", table: "t") == nil)
  }

  @Test func wrongSettingsAreFindings() {
    _ = naming(["topic.prefix": "s rv"], findings: ["topic.prefix"])
    _ = naming(["topic.prefix": ""], findings: ["topic.prefix"])
    _ = naming(["topic.delimiter": ""], findings: ["topic.delimiter"])
    _ = naming(["topic.delimiter": "/", "topic.transaction": "t x"], findings: ["topic.delimiter", "topic.transaction"])
    _ = naming(["topic.heartbeat.name": "a b", "topic.heartbeat.prefix": "ü"], findings: ["topic.heartbeat.prefix", "topic.heartbeat.name"])
    _ = naming(["topic.naming.strategy": "com.example.Mine"], findings: ["topic.naming.strategy"])
    _ = strategy("SchemaRegex", findings: ["topic.regex"])
    _ = strategy("SchemaRegex", ["topic.regex": "a(", "topic.replacement": "b"], findings: ["topic.regex"])
    _ = strategy("SchemaRegex", ["topic.regex": "a"], findings: ["topic.replacement"])
    for wrong in ["$1", "${name}", "${name", "$", "\\", "$x"] {
      _ = strategy("SchemaRegex", ["topic.regex": "a", "topic.replacement": wrong], findings: ["topic.replacement"])
    }
    _ = strategy(
      "SchemaRegex", ["topic.regex": "a", "topic.replacement": "b", "topic.key.field.regex": "(", "topic.key.enforce.uniqueness": "maybe"],
      findings: ["topic.key.enforce.uniqueness", "topic.key.field.regex"])
  }
}
