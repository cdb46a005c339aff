import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct TableShapeTests {
  private func column(_ name: String, _ type: ColumnType, _ change: (inout ColumnDefinition) -> Void = { _ in }) -> ColumnDefinition {
    var column = ColumnDefinition(name, type)
    change(&column)
    return column
  }

  private func shape(
    _ columns: [ColumnDefinition], primaryKey: [String] = [], uniqueKeys: [[String]] = [], _ settings: [String: String] = [:],
    captures: (String) -> Bool = { _ in true }
  ) throws -> TableShape {
    var configuration = Configuration(["topic.prefix": "srv"].merging(settings) { $1 })
    let rules = TableRules(&configuration, parts: .database)
    let types = TypeMapper(settings: TypeSettings(&configuration))
    let table = TableDefinition(database: "d", name: "t", columns: columns, primaryKey: primaryKey, keys: uniqueKeys.map { KeyDefinition("k", $0, isUnique: true) })
    return try TableShape(of: table, rules: rules, source: .string, types: types, captures: captures)
  }

  @Test("The key is the primary one, or the first unique one without NULL") func keys() throws {
    let columns = [column("a", .int), column("b", .int) { $0.isNullable = false }, column("c", .int) { $0.isNullable = false }]
    #expect(try shape(columns, primaryKey: ["a"]).key?.fields.map(\.name) == ["a"])
    #expect(try shape(columns, primaryKey: ["a"]).row.fields[0].schema.isOptional == false)
    #expect(try shape(columns, uniqueKeys: [["a", "b"], ["c", "b"]]).key?.fields.map(\.name) == ["c", "b"])
    #expect(try shape(columns).key == nil)
    #expect(try shape(columns, ["message.key.columns": "d.t:b"]).key?.fields.map(\.name) == ["b"])
  }

  @Test("A column that is not captured is stepped over, but stays in the key") func hiddenColumns() throws {
    let columns = [column("a", .int) { $0.isNullable = false }, column("b", .varchar)]
    let shape = try shape(columns, primaryKey: ["a"]) { $0 == "b" }
    #expect(shape.row.fields.map(\.name) == ["b"])
    #expect(shape.slotCount == 2)
    var batch = RecordBatch()
    let first = batch.slots.append(repeating: .null, count: shape.slotCount)
    try Decoding.bytes("07000000 0161").withUnsafeBytes { bytes in
      var row = RowCursor(bytes)
      try shape.place(row: &row, as: ImageColumn(.long), column: 0, first: first, into: &batch)
      try shape.place(row: &row, as: ImageColumn(.varchar, size: 10), column: 1, first: first, into: &batch)
      #expect(row.left == 0)
    }
    #expect(batch.value(.structure(first: first, count: 2)) == .structure([.text("a"), .integer(7)]))
    #expect(shape.keyFields == [1])
  }

  @Test("A zero date is the epoch where NULL is not allowed, and a value can be masked") func replacedValues() throws {
    let columns = [
      column("d", .date) { $0.isNullable = false }, column("t", .timestamp) { $0.isNullable = false }, column("s", .varchar) { $0.length = 10 },
    ]
    let shape = try shape(columns, ["column.mask.with.3.chars": "d.t.s"])
    var batch = RecordBatch()
    let first = batch.slots.append(repeating: .null, count: shape.slotCount)
    for (index, text) in ["0000-00-00", "0000-00-00 00:00:00", "secret"].enumerated() {
      try Array(text.utf8).withUnsafeBytes { try shape.place(text: $0, column: index, first: first, into: &batch) }
    }
    #expect(batch.value(.structure(first: first, count: 3)) == .structure([.integer(0), .text("1970-01-01T00:00:00Z"), .text("***")]))
    shape.markUnavailable(column: 2, first: first, into: &batch)
    shape.settle(.structure(first: first, count: 3), in: &batch)
    #expect(batch.value(batch.slots[first + 2]) == .text("***"))
  }

  @Test("Another type in the log than in the definition is an error that names the column") func otherTypes() throws {
    let shape = try shape([column("a", .varchar)])
    var batch = RecordBatch()
    let first = batch.slots.append(repeating: .null, count: 1)
    let error = #expect(throws: MillraceError.self) {
      try Decoding.bytes("07000000").withUnsafeBytes { bytes in
        var row = RowCursor(bytes)
        try shape.place(row: &row, as: ImageColumn(.long), column: 0, first: first, into: &batch)
      }
    }
    #expect(error?.code == "mysql.value.type")
    #expect(error?.message.contains("column a") == true)
  }

  @Test("Defaults are shown as the reference shows them") func defaults() throws {
    func value(_ type: ColumnType, _ given: ColumnDefault, nullable: Bool = true, _ change: (inout ColumnDefinition) -> Void = { _ in }) throws -> Value? {
      let column = column("c", type) {
        $0.defaultValue = given
        $0.isNullable = nullable
        change(&$0)
      }
      return try shape([column]).row.fields[0].schema.defaultValue
    }
    #expect(try value(.int, .literal("7")) == .integer(7))
    #expect(try value(.int, .literal("1.5")) == .integer(2))
    #expect(try value(.tinyint, .literal("TRUE")) == .integer(1))
    #expect(try value(.bigint, .literal("18446744073709551615")) { $0.isUnsigned = true } == .integer(.max))
    #expect(try value(.decimal, .literal("1.25")) { ($0.length, $0.scale) = (4, 1) } == .integer(13))
    #expect(try value(.decimal, .literal("-9.96")) { ($0.length, $0.scale) = (4, 1) } == .integer(-100))
    #expect(try value(.bit, .bits("1")) { $0.length = 1 } == .boolean(true))
    #expect(try value(.bit, .bits("100000001")) { $0.length = 9 } == .bytes([1, 1]))
    #expect(try value(.date, .literal("2024-02-29")) == .integer(19782))
    #expect(try value(.date, .literal("0000-00-00")) == nil)
    #expect(try value(.date, .literal("0000-00-00"), nullable: false) == .integer(0))
    #expect(try value(.time, .literal("-01:02:03.000004")) { $0.length = 6 } == .integer(-3_723_000_004))
    #expect(try value(.datetime, .expression("CURRENT_TIMESTAMP")) == .integer(0))
    #expect(try value(.timestamp, .expression("CURRENT_TIMESTAMP(6)")) == nil)
    #expect(try value(.timestamp, .expression("now()"), nullable: false) == .text("1970-01-01T00:00:00Z"))
    #expect(try value(.timestamp, .literal("2024-02-29 01:02:03")) { $0.length = 6 } == .text("2024-02-29T01:02:03.000000Z"))
    #expect(try value(.varchar, .literal("it''s \\\\ \\n")) == .text("it's \\ \n"))
    #expect(try value(.binary, .literal("b\\0")) { $0.length = 3 } == .bytes([0x62, 0, 0]))
    #expect(try value(.varbinary, .hex("00ff")) == .bytes([0, 255]))
    #expect(try value(.varchar, .expression("uuid()")) == nil)
    #expect(try value(.varchar, .null) == nil)
    #expect(try value(.float, .literal("1.5")) == .float(1.5))
    #expect(try value(.year, .literal("2024")) == .integer(2024))
  }
}
