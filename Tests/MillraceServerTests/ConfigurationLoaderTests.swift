import MillraceCore
import Testing
@testable import MillraceServer

struct ConfigurationLoaderTests {
  private func values(_ loaded: LoadedSettings) -> [String: String] {
    Dictionary(uniqueKeysWithValues: loaded.configuration.keys.map { ($0, loaded.configuration[$0] ?? "") })
  }

  @Test func kafkaConnectJSONWithNameAndConfigIsTakenAsText() {
    let loaded = load(
      #"{"name":"iris","config":{"tasks.max":1,"database.port":"5432","database.tcpKeepAlive":true,"topic.prefix":"fl\u00fcnk","x":null}}"#,
      as: "iris.json")
    #expect(loaded.findings.isEmpty)
    #expect(
      values(loaded) == [
        "name": "iris", "tasks.max": "1", "database.port": "5432", "database.tcpKeepAlive": "true", "topic.prefix": "flünk",
      ])
  }

  @Test func flatJSONIsTakenAsItIs() {
    #expect(values(load(#"{"name":"a","topic.prefix":"b"}"#, as: "a.json")) == ["name": "a", "topic.prefix": "b"])
  }

  @Test func nestedJSONAndStrayMembersAreFindings() {
    let loaded = load(#"{"name":"a","config":{"transforms":["x"],"t":{}},"topic.prefix":"b"}"#, as: "a.json")
    #expect(loaded.findings.map(\.key) == ["transforms", "t", "topic.prefix"])
  }

  @Test func invalidJSONIsOneFindingThatShowsNoText() {
    let loaded = load(#"{"database.password":"geheim" "x":1}"#, as: "a.json")
    #expect(findings(loaded).count == 1)
    #expect(!loaded.findings.description.contains("geheim"))
  }

  @Test func propertiesFollowJavasRules() {
    let text = """
      # comment
      ! comment \\
      a=1
      b : 2
      c 3
      \td\\ e\\:f = x\\ty
      list=one,\\
          two,\\
          three
      unicode=\\u00e4\\uD83D\\uDE00
      backslash=public\\\\..*
      path=C\\:\\\\x
      empty
      trailing=a \u{20}
      """
    let loaded = load(text)
    #expect(loaded.findings.isEmpty)
    #expect(
      values(loaded) == [
        "a": "1", "b": "2", "c": "3", "d e:f": "x\ty", "list": "one,two,three", "unicode": "ä😀", "backslash": "public\\..*",
        "path": "C:\\x", "empty": "", "trailing": "a  ",
      ])
  }

  @Test func malformedUnicodeEscapesAreFindings() {
    #expect(load("a=\\u00zz").findings.count == 1)
  }

  @Test func theLaterOfTwoEqualPropertiesWinsWithAWarning() {
    let loaded = load("a=1\na=2\r\n")
    #expect(loaded.configuration["a"] == "2")
    #expect(loaded.findings.map(\.severity) == [.warning])
  }

  @Test func yamlKeysMayBeNestedDottedOrBoth() {
    let text = """
      debezium:
        source:
          connector.class: postgres
          database: {port: 5432, tcpKeepAlive: yes}
          table.include.list: ["public.a", "public.b"]
          topic.prefix: ~
        transforms:
          ~: unwrap
          unwrap:
            type: x
      log.level: "null"
      """
    let loaded = load(text, as: "a.yaml")
    #expect(loaded.findings.isEmpty)
    #expect(
      values(loaded) == [
        "connector.class": "postgres", "database.port": "5432", "database.tcpKeepAlive": "yes",
        "table.include.list": "public.a,public.b", "transforms": "unwrap", "transforms.unwrap.type": "x", "log.level": "null",
        "header.converter": "json",
      ])
  }

  @Test func invalidYAMLIsOneFindingThatShowsNoText() {
    let loaded = load("a: 'geheim\nb: [", as: "a.yml")
    #expect(findings(loaded).count == 1)
    #expect(!loaded.findings.description.contains("geheim"))
  }

  @Test(arguments: [
    (#" {"a":"1"}"#, ConfigurationForm.json), ("# x\na=1: 2", .properties), ("a:1", .properties), ("a: 1", .yaml), ("a:\n  b: 1", .yaml),
    ("---\na=1", .yaml), ("", .properties),
  ])
  func standardInputIsKnownByItsContent(text: String, form: ConfigurationForm) {
    #expect(ConfigurationForm(path: "-", text: text) == form)
  }

  @Test func aMissingFileIsTheOnlyFinding() {
    let source = ConfigurationSource(read: { _ in .failure(.init(reason: "No such file")) }, environment: { [:] })
    let loaded = ConfigurationLoader(source: source).load("nowhere.json")
    #expect(findings(loaded).map(\.key) == ["nowhere.json"])
  }

  @Test func argumentsWinOverEnvironmentAndEnvironmentOverFile() {
    let loaded = load(
      "debezium.source.topic.prefix=file\ndebezium.source.database.hostname=file\ndebezium.source.database.user=file",
      as: "application.properties", ["topic.prefix=argument", "database.password=a=b"],
      environment: ["DEBEZIUM_SOURCE_TOPIC_PREFIX": "env", "DEBEZIUM_SOURCE_DATABASE_HOSTNAME": "env", "DEBEZIUM_LOG": "x"])
    #expect(loaded.findings.isEmpty)
    #expect(loaded.configuration["topic.prefix"] == "argument")
    #expect(loaded.configuration["database.hostname"] == "env")
    #expect(loaded.configuration["database.user"] == "file")
    #expect(loaded.configuration["database.password"] == "a=b")
  }

  @Test func environmentVariablesFindTheSpellingOfKnownNames() {
    let loaded = load(
      "transforms.myUnwrap.type=x", as: "a.properties",
      environment: [
        "DEBEZIUM_SOURCE_DATABASE_TCPKEEPALIVE": "false", "DEBEZIUM_SOURCE_SOMETHING_ELSE": "1", "DEBEZIUM_TRANSFORMS": "myUnwrap",
        "DEBEZIUM_SINK_FILE_PATH": "/x",
      ])
    #expect(loaded.configuration["database.tcpKeepAlive"] == "false")
    #expect(loaded.configuration["something.else"] == "1")
    #expect(loaded.configuration["transforms"] == "myUnwrap")
    #expect(loaded.configuration["sink.file.path"] == "/x")
  }

  @Test func anArgumentWithoutEqualsSignIsAFindingThatDoesNotShowIt() {
    let loaded = load("a=1", as: "a.properties", ["geheim"])
    #expect(loaded.findings.count == 1)
    #expect(!loaded.findings.description.contains("geheim"))
  }

  @Test func debeziumServersNamesBecomeFlat() {
    let loaded = load(
      """
      debezium.source.connector.class=postgres
      debezium.source.offset.storage.file.filename=o
      debezium.sink.type=kafka
      debezium.sink.kafka.producer.bootstrap.servers=b:9092
      debezium.format.key=json
      debezium.format.value=simplestring
      debezium.format.schemas.enable=false
      debezium.format.value.schemas.enable=true
      debezium.transforms=t
      debezium.transforms.t.type=x
      debezium.predicates=p
      debezium.predicates.p.type=y
      quarkus.log.level=FINE
      quarkus.log.console.json=false
      """)
    #expect(loaded.findings.isEmpty)
    #expect(
      values(loaded) == [
        "connector.class": "postgres", "offset.storage.file.filename": "o", "sink.type": "kafka",
        "sink.kafka.producer.bootstrap.servers": "b:9092", "key.converter": "json", "value.converter": "simplestring",
        "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "true",
        "header.converter.schemas.enable": "false", "header.converter": "json", "transforms": "t", "transforms.t.type": "x",
        "predicates": "p", "predicates.p.type": "y", "log.level": "debug", "quarkus.log.console.json": "false",
      ])
  }

  @Test func producerSettingsAtTheTopGoToTheKafkaSink() {
    let loaded = load("bootstrap.servers=a\nproducer.override.linger.ms=1\nproducer.acks=all")
    #expect(
      values(loaded) == [
        "sink.kafka.producer.bootstrap.servers": "a", "sink.kafka.producer.linger.ms": "1", "sink.kafka.producer.acks": "all",
      ])
  }

  @Test func aSettingUnderTwoNamesWithTwoValuesIsAFinding() {
    #expect(load("debezium.source.topic.prefix=a\ntopic.prefix=b").findings.map(\.key) == ["topic.prefix"])
    #expect(load("debezium.source.topic.prefix=a\ntopic.prefix=a").findings.isEmpty)
  }

  @Test func placeholdersAreReplaced() {
    let loaded = load(
      "a=x${env:NAME}y${env:NAME}\nb=${file:/run/s.properties:db.pass\\:word}\nc=outbox.${routedByValue}\nd=${env:EMPTY}|${open",
      environment: ["NAME": "n${env:NAME}", "EMPTY": ""], files: ["/run/s.properties": "db.pass\\:word=p$1"])
    #expect(loaded.findings.isEmpty)
    #expect(loaded.configuration["a"] == "xn${env:NAME}yn${env:NAME}")
    #expect(loaded.configuration["b"] == "p$1")
    #expect(loaded.configuration["c"] == "outbox.${routedByValue}")
    #expect(loaded.configuration["d"] == "|${open")
  }

  @Test func placeholdersThatLeadNowhereAreFindings() {
    let loaded = load("a=${env:NONE}\nb=${file:/none:k}\nc=${file:/s:none}\nd=${file:/s}", files: ["/s": "k=1"])
    #expect(loaded.findings.map(\.key) == ["a", "b", "c", "d"])
    #expect(loaded.findings[0].problem.contains("NONE"))
  }
}
