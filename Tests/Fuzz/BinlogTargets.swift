import MillraceCore

@testable import MillraceMySQL

/// The binlog: events, rows, sets of GTIDs.
extension FuzzTarget {
  static let binlogTargets: [FuzzTarget] = [
    FuzzTarget("mysql-events", [
      [1, 0, 0, 0, 33, 1, 0, 0, 0, 44, 0, 0, 0, 100, 0, 0, 0, 0, 0] + [UInt8](repeating: 1, count: 25),
      [1, 0, 0, 0, 19, 1, 0, 0, 0, 40, 0, 0, 0, 140, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 1, 0, 1, 100, 0, 1, 116, 0, 2, 3, 15, 2, 40, 0, 2],
      [1, 0, 0, 0, 30, 1, 0, 0, 0, 38, 0, 0, 0, 178, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 1, 0, 2, 0, 2, 255, 0, 5, 0, 0, 0, 1, 65],
      [1, 0, 0, 0, 2, 1, 0, 0, 0, 39, 0, 0, 0, 217, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 100, 0, 66, 69, 71, 73, 78],
    ]) {
      var batch = RecordBatch(capacity: 1 << 12)
      var decoder = makeDecoder()
      return { input, choices in
        var bytes = input
        // Most have the length that they say.
        if bytes.count >= 13, choices.below(8) > 0 {
          withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { bytes.replaceSubrange(9..<13, with: $0) }
        }
        if batch.records.count > 1000 { batch.reset() }
        return bytes.withUnsafeBytes { raw in
          guard let payload = try? decoder.decode(raw, now: 0, into: &batch) else { return true }
          return (try? payload.events { _ in }) != nil
        }
      }
    },
    // Values of compressed columns; compressed events are unpacked alike.
    FuzzTarget("mysql-inflation", [
      [130, 1, 4, 120, 218, 75, 206, 207, 45, 40, 74, 45, 46, 86, 200, 77, 213, 81, 72, 30, 153, 28, 0, 217, 121, 93, 73],
      [138, 1, 4, 75, 206, 207, 45, 40, 74, 45, 46, 86, 200, 77, 213, 81, 72, 30, 153, 28, 0],
      [0, 65, 66], [0x80],
    ]) {
      let values = CompressedValues()
      return { input, _ in input.withUnsafeBytes { raw in (try? values.content(of: raw)) != nil } }
    },
    FuzzTarget("mysql-gtids", [Array("9f710a8f-e643-11f1-9580-02fc00000001:1-5:7:tag:1-3".utf8), Array("0-1-100,1-2-3".utf8)], words: [":", "-", ",", "1", "18446744073709551615"]) {
      { input, _ in
        guard let set = try? GTIDSet(String(decoding: input, as: UTF8.self)) else { return false }
        return (try? GTIDSet("\(set)")) == set && set.subtracting(set).isEmpty && set.union(set) == set
      }
    },
  ]

  private static func makeDecoder() -> BinlogDecoder {
    var definition = TableDefinition(database: "d", name: "t")
    definition.columns = [ColumnDefinition("id", .int), ColumnDefinition("v", .varchar)]
    definition.columns[1].charset = "utf8mb4"
    var configuration = Configuration(["topic.prefix": "p"])
    let shape = try? TableShape(
      of: definition, rules: TableRules(&configuration, parts: .database), source: SourceBlock.mysql.schema, types: TypeMapper(settings: TypeSettings()))
    return BinlogDecoder(
      writer: RowWriter(contextHeaders: nil, name: "p", source: .mysql, snapshot: nil), options: .init(), resuming: MySQLPosition(),
      isChecksummed: false, tables: .init(shape: { _ in shape }, apply: { _ in AppliedStatement() }, named: { _ in shape }))
  }
}
