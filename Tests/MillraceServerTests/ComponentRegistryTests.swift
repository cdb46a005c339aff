import MillraceCore
import Testing
@testable import MillraceServer

struct ComponentRegistryTests {
  @Test func theMainJobIsAssembledWithoutAFinding() {
    let text = """
      {"name":"iris-connector-flink","config":{"connector.class":"io.debezium.connector.postgresql.PostgresConnector","tasks.max":"1",
      "database.hostname":"localhost","database.port":"5432","database.user":"u","database.password":"p","database.dbname":"postgres",
      "topic.prefix":"flink","table.include.list":"public.iris_.*","key.converter":"org.apache.kafka.connect.json.JsonConverter",
      "value.converter":"org.apache.kafka.connect.json.JsonConverter","key.converter.schemas.enable":"true",
      "value.converter.schemas.enable":"true","transforms":"unwrap",
      "transforms.unwrap.type":"io.debezium.transforms.ExtractNewRecordState"}}
      """
    var assembler = Assembler(registry: .standard, loaded: load(text, as: "iris.json"), log: .none)
    let assembly = assembler.assemble()
    #expect(assembler.findings.isEmpty)
    #expect(assembly?.name == "iris-connector-flink")
    #expect(assembly?.sinkPrefix == "sink.stdout.")
  }

  @Test func fiveMistakesInTheMainJobAreFiveFindings() {
    let text = """
      connector.class=postgres
      database.hostname=localhost
      database.port=many
      database.user=u
      database.pasword=geheim
      database.dbname=d
      topic.prefix=a/b
      plugin.name=decoderbufs
      table.include.list=public.(a
      """
    var assembler = Assembler(registry: .standard, loaded: load(text), log: .none)
    #expect(assembler.assemble() == nil)
    #expect(
      assembler.findings.map(\.key).sorted()
        == ["database.pasword", "database.port", "plugin.name", "table.include.list", "topic.prefix"])
    #expect(!assembler.findings.map(\.description).joined().contains("geheim"))
  }

  @Test func noOptionStandsTwiceAndEveryDefaultFitsItsKind() {
    let registry = ComponentRegistry.standard
    let tables = registry.connectors.map { CoreOptions.all + $0.options() } + registry.sinks.map { $0.options() }
      + registry.converters.map { $0.options() } + registry.transforms.map { $0.options() }
    for table in tables {
      #expect(Dictionary(grouping: table, by: \.name).filter { $1.count > 1 }.keys.sorted() == [])
      for option in table {
        if let value = option.defaultValue { #expect(option.finding(for: value, key: option.name) == nil, "\(option.name)") }
      }
    }
  }

  @Test func theQueueMustBeLargerThanABatch() {
    let text = "connector.class=postgres\ndatabase.hostname=h\ndatabase.user=u\ndatabase.dbname=d\ntopic.prefix=p\nmax.batch.size="
    for (size, count) in [("8192", 1), ("2048\nmax.queue.size=2048", 1), ("100\nmax.queue.size=2048", 0)] {
      var assembler = Assembler(registry: .standard, loaded: load(text + size), log: .none)
      _ = assembler.assemble()
      #expect(assembler.findings.count == count)
    }
  }
}
