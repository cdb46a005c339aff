import MillraceCore
@testable import MillraceMySQL
import Testing

@Suite struct SchemaHistorySettingsTests {
  private let prefix = "schema.history.internal"

  private func read(_ values: [String: String]) -> (settings: SchemaHistorySettings, keys: [String?]) {
    var configuration = Configuration(values)
    let settings = SchemaHistorySettings(&configuration)
    return (settings, configuration.findings.map(\.key))
  }

  @Test("Debezium's stores are taken, and an unknown one is a finding") func stores() {
    #expect(read([:]).settings.store == .kafka(topic: nil) && read([:]).keys.isEmpty)
    #expect(read([prefix: "io.debezium.relational.history.MemorySchemaHistory"]).settings.store == .memory)
    let file = "io.debezium.storage.file.history.FileSchemaHistory"
    #expect(read([prefix: file, "\(prefix).file.filename": "/x"]).settings.store == .file("/x"))
    #expect(read([prefix: file]).keys == ["\(prefix).file.filename"])
    #expect(read([prefix: "io.debezium.storage.redis.history.RedisSchemaHistory"]).keys == [prefix])
  }

  private struct Topics: TopicReader {
    let servers: String?
    func read(_ topic: String, partition: Int, _ body: ([UInt8]) throws(MillraceError) -> Void) throws(MillraceError) -> Bool { false }
  }

  @Test("A topic is read by what the program gives, with the settings of the history; one that has no Kafka says so") func topic() {
    let values = ["\(prefix).kafka.topic": " old ", "\(prefix).kafka.bootstrap.servers": "b:1"]
    #expect(read(values).settings.store == .kafka(topic: "old") && read(values).keys == ["\(prefix).kafka.topic"])
    var configuration = Configuration(values)
    let settings = SchemaHistorySettings(&configuration) { Topics(servers: $0["\($1)kafka.bootstrap.servers"]) }
    #expect(configuration.findings.isEmpty && (settings.topics as? Topics)?.servers == "b:1")
    configuration = Configuration([prefix: "io.debezium.relational.history.MemorySchemaHistory", "\(prefix).kafka.topic": "old"])
    #expect(SchemaHistorySettings(&configuration) { Topics(servers: $0[$1]) }.topics == nil)
  }

  @Test("Only captured tables, where that is set") func captured() {
    let a = TableID("d", "a"), b = TableID("d", "b")
    func told(_ values: [String: String]) -> [Bool] {
      let settings = read(values).settings
      return [
        SchemaChangeEvent(database: "d", sourceTable: "a", ddl: "", table: a, concerned: [a]),
        SchemaChangeEvent(database: "d", sourceTable: "b", ddl: "", table: b, concerned: [b]),
        SchemaChangeEvent(database: "d", sourceTable: "b", ddl: "", table: b, concerned: [b, a]),
        SchemaChangeEvent(database: "d", sourceTable: nil, ddl: ""), SchemaChangeEvent(database: "e", sourceTable: nil, ddl: ""),
        SchemaChangeEvent(database: "d", sourceTable: "", ddl: "", concerned: []),
      ].map { settings.tells($0, isCaptured: { $0 == a }, isCapturedDatabase: { $0 == "d" }) }
    }
    #expect(told([:]) == [true, true, true, true, true, true])
    #expect(told(["\(prefix).store.only.captured.tables.ddl": "true"]) == [true, false, true, true, false, false])
    #expect(told(["\(prefix).store.only.captured.databases.ddl": "true"]) == [true, true, true, true, false, true])
  }
}
