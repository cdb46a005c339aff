import MillraceCore

@testable import MillracePostgres

/// A decoder that lives through many messages, as a stream's does.
final class DecoderSession {
  private var decoder = DecoderSession.fresh()
  private var batch = RecordBatch(capacity: 1 << 16)
  private var messages = 0

  var records: Int { batch.records.count }

  private static func fresh() -> ChangeDecoder {
    let types = TypeMapper(catalog: PostgresTypeCatalog())
    return ChangeDecoder(
      writer: RowWriter(
        contextHeaders: ContextHeaders(logicalName: "srv", connector: "postgresql", runID: "r"), name: "srv", database: "db", snapshot: nil),
      messages: MessageRecords(topic: "srv.message", binaries: .bytes), tombstones: true, skipped: SkippedOperations([]),
      resuming: PostgresPosition(),
      lookup: { relation throws(MillraceError) in
        if relation.name.hasPrefix("skip") { return nil }
        let columns = relation.columns.map {
          PostgresTable.Column(name: $0.name, type: $0.type, modifier: $0.modifier, notNull: $0.isIdentity)
        }
        var configuration = Configuration(["topic.prefix": "srv"])
        return try TableShape(
          schema: relation.schema, table: relation.name, columns: columns, key: columns.filter(\.notNull).map(\.name),
          rules: TableRules(&configuration, parts: .schema), source: SourceBlock.schema, types: types, filter: TableFilter(&configuration))
      })
  }

  func decode(_ message: [UInt8]) throws(MillraceError) {
    messages += 1
    let result: Result<Void, MillraceError> = message.withUnsafeBytes { bytes in
      do throws(MillraceError) {
        return .success(try decoder.decode(bytes, lsn: UInt64(messages), now: 1, into: &batch))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// One attack of a fuzz target: now and then the decoder is made anew, with the tables known and a transaction begun.
  func take(_ input: [UInt8]) -> Bool {
    if messages > 5000 {
      messages = 0
      decoder = Self.fresh()
    }
    if messages == 0 {
      for message in RecordedSession.messages where message.first == UInt8(ascii: "R") { try? decode(message) }
      if let begin = RecordedSession.messages.first(where: { $0.first == UInt8(ascii: "B") }) { try? decode(begin) }
    }
    var isGood = true
    do throws(MillraceError) { try decode(input) } catch { isGood = false }
    if messages % 16 == 0 { readBack() }
    return isGood
  }

  /// Every value of every record: a slot that points outside of the batch would trap here.
  private func readBack() {
    for index in 0..<batch.records.count {
      _ = batch.value(batch.records[index].key)
      _ = batch.value(batch.records[index].value)
    }
    batch.reset()
  }
}
