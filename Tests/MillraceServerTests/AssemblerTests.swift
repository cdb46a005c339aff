import MillraceCore
import Testing
@testable import MillraceServer

struct AssemblerTests {
  private let good = """
    connector.class=io.debezium.connector.postgresql.PostgresConnector
    database.hostname=localhost
    topic.prefix=shop

    """

  private func errors(_ more: String, _ arguments: [String] = []) -> [String] {
    findings(load(good + more, as: "a.properties", arguments)).filter { $0.severity == .error }.map(\.description)
  }

  @Test func aGoodConfigurationIsAssembledWithoutFindings() {
    var assembler = Assembler(registry: .fake, loaded: load(good), log: .none)
    let assembly = assembler.assemble()
    #expect(assembler.findings.isEmpty)
    #expect(assembly?.name == "shop")
    #expect(assembly?.sinkPrefix == "sink.stdout.")
  }

  @Test func fiveMistakesAreFiveFindings() {
    let text = """
      {"name":"x","config":{"connector.class":"io.debezium.connector.postgresql.PostgresConnector","databse.hostname":"h",
      "database.hostname":"h","database.port":"54x2","topic.prefix":"p","table.include.list":"a","table.exclude.list":"b",
      "snapshot.mode":"inital","transforms":"unwrap","transforms.unwrap.type":"io.debezium.transforms.ExtractNewRecordSate"}}
      """
    let found = findings(load(text, as: "x.json"))
    #expect(
      found.map(\.description).sorted() == [
        "error: database.port takes a whole number from 1 to 65535, not \"54x2\""
          + " → write 5432, the default, or another number from 1 to 65535",
        "error: databse.hostname is not a known setting → write database.hostname",
        "error: snapshot.mode does not know \"inital\" → write initial",
        "error: table.exclude.list contradicts table.include.list: only one of the two can be given → remove one of them",
        "error: transforms.unwrap.type names no known transform: \"io.debezium.transforms.ExtractNewRecordSate\""
          + " → write io.debezium.transforms.ExtractNewRecordState",
      ])
  }

  @Test func missingSettingsAreNamedOnceEach() {
    #expect(findings(load("connector.class=postgres")).map(\.key) == ["database.hostname", "topic.prefix"])
    #expect(findings(load("topic.prefix=x")).map(\.key) == ["connector.class"])
  }

  @Test func oldNamesLeadToTheNewOnes() {
    #expect(errors("table.whitelist=public.a") == ["error: table.whitelist is not a known setting → write table.include.list"])
  }

  @Test func aMistakeIsShownUnderTheNameThatWasWritten() {
    let found = findings(
      load("debezium.source.connector.class=postgres\ndebezium.source.database.hostname=h\ndebezium.source.topic.prefx=p"))
    #expect(
      found.map(\.description) == [
        "error: debezium.source.topic.prefx is not a known setting → write debezium.source.topic.prefix",
        "error: topic.prefix is missing → write topic.prefix=…: Prefix.",
      ])
  }

  @Test func whatIsNotSupportedYetMayHaveItsDefault() {
    #expect(errors("heartbeat.interval.ms=0\nsnapshot.mode=INITIAL").isEmpty)
    #expect(errors("heartbeat.interval.ms=5") == ["error: heartbeat.interval.ms is not supported yet → write 0, the default, or remove it"])
    #expect(errors("converters=mine") == ["error: converters cannot be supported: it names Java classes → remove it"])
    #expect(errors("snapshot.mode=custom") == ["error: snapshot.mode \"custom\" is not supported yet → write one of initial, no_data"])
    #expect(errors("transforms=t\ntransforms.t.type=io.debezium.transforms.outbox.EventRouter").count == 1)
  }

  @Test func whatHasNoEffectIsAWarning() {
    let found = findings(load(good + "driver.x=1\nplugin.path=/x"))
    #expect(found.map(\.severity) == [.warning, .warning])
  }

  @Test func secretsAreNeverShown() {
    let found = findings(load(good + "database.passwrod=geheim\nheader.converter.password=geheim\nsink.type=fil", as: "a.properties"))
    #expect(found.count == 3)
    #expect(!found.map(\.description).joined().contains("geheim"))
  }

  @Test func aFindingOfAComponentHasItsFullName() {
    #expect(errors("sink.type=file\nsink.file.path=/") == ["error: sink.file.path is a folder → write the path of a file"])
    #expect(errors("table.include.list=public.(a").count == 1)
  }

  @Test func theSinkIsKafkaWhereBootstrapServersAreGiven() {
    var assembler = Assembler(registry: .fake, loaded: load(good + "bootstrap.servers=a:1"), log: .none)
    #expect(assembler.assemble()?.sinkPrefix == "sink.kafka.")
    var other = Assembler(registry: .fake, loaded: load(good + "bootstrap.servers=a:1\nsink.type=stdout"), log: .none)
    #expect(other.assemble()?.sinkPrefix == "sink.stdout.")
    #expect(other.findings.map(\.severity) == [.warning])
  }

  @Test func sinkMistakesAreNamed() {
    #expect(errors("sink.type=file") == ["error: sink.file.path is missing → write sink.file.path=…: The file."])
    #expect(errors("sink.type=kinesis").first?.contains("not supported yet") == true)
    #expect(errors("sink.type=kafak\nsink.kafak.producer.acks=1") == ["error: sink.type names no known sink: \"kafak\" → write kafka"])
    #expect(errors("sink.fiel.path=x") == ["error: sink.fiel.path is not a known setting → write sink.file.path"])
    #expect(
      errors("debezium.sink.type=file\ndebezium.sink.file.path=x\ndebezium.sink.file.pth=y")
        == ["error: debezium.sink.file.pth is not a known setting → write debezium.sink.file.path"])
  }

  @Test func convertersAreCheckedWithTheirSettings() {
    #expect(errors("value.converter=org.apache.kafka.connect.json.JsonConverter\nvalue.converter.schemas.enable=false").isEmpty)
    #expect(errors("value.converter.schemas.enabel=false").count == 1)
    #expect(errors("value.converter.schemas.enable=no").count == 1)
    #expect(errors("value.converter=io.confluent.connect.avro.AvroConverter\nvalue.converter.schema.registry.url=x").count == 1)
  }

  @Test func transformsAndTheirPredicatesBelongTogether() {
    let chain = """
      transforms=t
      transforms.t.type=io.debezium.transforms.ExtractNewRecordState
      transforms.t.add.fields=op
      transforms.t.predicate=p
      transforms.t.negate=true
      predicates=p
      predicates.p.type=org.apache.kafka.connect.transforms.predicates.TopicNameMatches
      predicates.p.pattern=x

      """
    #expect(errors(chain).isEmpty)
    #expect(errors(chain, ["transforms.t.predicate=q"]).count == 1)
    #expect(errors(chain, ["transforms.t.add.feilds=q"]) == ["error: transforms.t.add.feilds is not a known setting → write transforms.t.add.fields"])
    #expect(errors(chain, ["transforms.tt.add.fields=q", "transforms.tt.type=x"]).count == 1)
    #expect(errors("transforms=t").count == 1)
    #expect(errors("transforms=t\ntransforms.t.type=unwrap\ntransforms.t.negate=true").count == 1)
  }

  @Test func theOffsetStoreIsChosenByNameOrClass() {
    #expect(errors("offset.storage=org.apache.kafka.connect.storage.MemoryOffsetBackingStore").isEmpty)
    #expect(errors("offset.storage=redis").first?.contains("not supported yet") == true)
    #expect(errors("offset.storage=fiel").first?.contains("write file") == true)
  }

  @Test func theDefaultOffsetFileIsNamedAfterTheRun() {
    #expect(ComponentRegistry.offsetPath(Configuration([:]), "a/b") == "a_b.offsets")
    #expect(ComponentRegistry.offsetPath(Configuration(["offset.storage.file.filename": "/x"]), "a") == "/x")
  }

  // MARK: exactly once

  private func standard(_ more: String) -> (options: Pipeline.Options?, findings: [Finding]) {
    let loaded = load(good + "database.dbname=d\ndatabase.user=u\nbootstrap.servers=k:9092\n" + more, as: "a.properties")
    var assembler = Assembler(registry: .standard, loaded: loaded, log: .none)
    let assembly = assembler.assemble()
    return (assembly?.options, assembler.findings)
  }

  @Test func exactlyOnceCommitsWhatWasReadAtOnceOrAnInterval() {
    let kafka = "exactly.once.support=required\noffset.storage=kafka\noffset.storage.topic=o\n"
    let poll = standard(kafka)
    #expect(poll.findings.isEmpty)
    #expect(poll.options?.isExactlyOnce == true)
    #expect(poll.options?.flushInterval == .zero)
    #expect(standard(kafka + "transaction.boundary=interval").options?.flushInterval == .seconds(1))
    #expect(standard(kafka + "transaction.boundary=interval\ntransaction.boundary.interval.ms=250").options?.flushInterval == .milliseconds(250))
    #expect(standard("").options?.isExactlyOnce == false)
  }

  @Test func whatContradictsExactlyOnceIsAFinding() {
    #expect(standard("exactly.once.support=required").findings.map(\.key) == ["offset.storage"])
    #expect(standard("exactly.once.support=required\nsink.type=stdout").findings.contains { $0.key == "exactly.once.support" })
    #expect(standard("producer.override.transactional.id=x").findings.map(\.key) == ["producer.override.transactional.id"])
    #expect(standard("transaction.boundary=interval").findings.map(\.severity) == [.warning])
    #expect(standard("transaction.boundary=connector").findings.map(\.key) == ["transaction.boundary"])
  }

  @Test func settingsOfTheKafkaStoreAndOfTopicsAreKnown() {
    #expect(
      standard(
        """
        offset.storage=org.apache.kafka.connect.storage.KafkaOffsetBackingStore
        offset.storage.topic=o
        offset.storage.partitions=3
        offset.storage.replication.factor=1
        topic.creation.default.partitions=1
        topic.creation.default.replication.factor=-1
        """
      ).findings.isEmpty)
    #expect(standard("offset.storage=kafka").findings.map(\.key) == ["offset.storage.topic"])
    #expect(standard("offset.storage.topic=o").findings.map(\.severity) == [.warning])
    // The store alone goes to Kafka.
    #expect(standard("offset.storage=kafka\noffset.storage.topic=o\nsink.type=stdout").findings.isEmpty)
    #expect(standard("topic.creation.default.partitions=0\ntopic.creation.default.replication.factor=1").findings.map(\.key) == ["topic.creation.default.partitions"])
  }
}

struct PostProcessorTests {
  private func findings(_ more: String) -> [String] {
    let text = "connector.class=postgres\ndatabase.hostname=h\ndatabase.user=u\ndatabase.dbname=d\ntopic.prefix=p\n" + more
    var assembler = Assembler(registry: .standard, loaded: load(text, as: "a.properties"), log: .none)
    _ = assembler.assemble()
    return assembler.findings.filter { $0.severity == .error }.map(\.description)
  }

  @Test func settingsOfPostProcessorsAreHeldAgainstTheirClass() {
    let type = "post.processors=again\nagain.type=io.debezium.processors.reselect.ReselectColumnsPostProcessor\n"
    #expect(findings(type + "again.reselect.null.values=false\nagain.reselect.columns.include.list=public.t:v").isEmpty)
    #expect(findings(type + "again.reselect.nul.values=false") == ["error: again.reselect.nul.values is not a known setting → write again.reselect.null.values"])
    #expect(findings(type + "again.reselect.error.handling.mode=ignore").count == 1)
    #expect(findings("post.processors=again").count == 1)
    #expect(findings("post.processors=again\nagain.type=com.example.Other").first?.contains("names no known post-processor") == true)
    #expect(findings("again.type=io.debezium.processors.reselect.ReselectColumnsPostProcessor").first?.contains("again.type is not a known setting") == true)
  }

  @Test func settingsOfColumnConvertersAreKnownBelowTheirNames() {
    let connector = "connector.class=io.debezium.connector.mysql.MySqlConnector\ndatabase.hostname=h\ndatabase.user=u\n"
    let type = connector + "converters=flag\nflag.type=io.debezium.connector.binlog.converters.TinyIntOneToBooleanConverter\n"
    #expect(findings(type + "flag.length.checker=false\nflag.selector=a.b.c").filter { $0.contains("flag") }.isEmpty)
    #expect(findings(type + "flag.selektor=a.b.c").contains("error: flag.selektor is not a known setting → write flag.selector"))
    #expect(findings(connector + "converters=flag\nflag.type=com.example.Own").contains { $0.contains("flag.type names the Java class com.example.Own") })
  }
}
