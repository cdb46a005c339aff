import MillraceCore
import Testing

@testable import MillracePostgres

struct SourceTypeTests {
  private func propagation(_ settings: [String: String]) throws -> SourceTypePropagation? {
    var configuration = Configuration(settings)
    let propagation = SourceTypePropagation(&configuration)
    #expect(configuration.findings.isEmpty)
    return propagation
  }

  private func parameters(_ settings: [String: String], _ column: PostgresTable.Column, _ schema: Schema) throws -> [String] {
    let field = try #require(try propagation(settings)).field(
      Schema.Field(column.name, schema), of: column, schema: "s", table: "t", PostgresTypeCatalog())
    #expect(field.schema.with(optional: false).kind == schema.kind)
    return field.schema.parameters.map { "\($0.name)=\($0.value)" }
  }

  private static let amount = PostgresTable.Column(name: "amount", type: 1700, modifier: Sample.numeric(9, 4), notNull: false)

  @Test func aColumnsSchemaNamesItsTypeBehindItsOwnParameters() throws {
    let wanted = [
      "length=8", "__debezium.source.column.type=NUMERIC", "__debezium.source.column.length=9", "__debezium.source.column.scale=4",
      "__debezium.source.column.name=amount",
    ]
    let schema = Schema(.bytes, parameters: [.init("length", "8")])
    #expect(try parameters(["column.propagate.source.type": "s\\.t\\.am.*"], Self.amount, schema) == wanted)
    #expect(try parameters(["datatype.propagate.source.type": "x,s\\.t\\.Numeric"], Self.amount, schema) == wanted)
    #expect(try parameters(["datatype.propagate.source.type": "numeric", "column.propagate.source.type": "am.*"], Self.amount, schema) == ["length=8"])
  }

  @Test func nothingIsDoneWhereNeitherIsSet() throws {
    #expect(try propagation([:]) == nil)
  }

  @Test(arguments: [
    (23, -1, 10, 0), (1043, -1, 2_147_483_647, 0), (1043, 9, 5, 0), (1042, 5, 1, 0), (1700, -1, 131_089, 0), (1083, -1, 15, 6),
    (1083, 0, 8, 0), (1083, 1, 11, 1), (1083, 2, 11, 2), (1266, 1, 17, 1), (1114, 0, 22, 0), (1184, -1, 35, 6), (1186, -1, 49, 6),
    (1186, 4 << 16 | 0xFFFF, 49, 65535), (1186, 0x7FFF << 16 | 3, 49, 3), (1560, 12, 12, 0), (1562, -1, 2_147_483_647, 0),
    (1007, -1, 10, 0), (1231, Sample.numeric(7, 2), 7, 2), (16, -1, 1, 0), (4_000_000_000, -1, 2_147_483_647, 0),
  ] as [(UInt32, Int32, Int, Int)])
  func sizesAreTheDrivers(_ oid: UInt32, _ typmod: Int32, _ length: Int, _ scale: Int) {
    let size = SourceTypePropagation.size(type: oid, typmod: typmod, PostgresTypeCatalog())
    #expect(size == (length, scale))
  }
}
