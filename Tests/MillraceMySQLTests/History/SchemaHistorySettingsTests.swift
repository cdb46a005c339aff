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
    #expect(read([:]).settings.store == .kafka)
    #expect(read([prefix: "io.debezium.relational.history.MemorySchemaHistory"]).settings.store == .memory)
    let file = "io.debezium.storage.file.history.FileSchemaHistory"
    #expect(read([prefix: file, "\(prefix).file.filename": "/x"]).settings.store == .file("/x"))
    #expect(read([prefix: file]).keys == ["\(prefix).file.filename"])
    #expect(read([prefix: "io.debezium.storage.redis.history.RedisSchemaHistory"]).keys == [prefix])
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
