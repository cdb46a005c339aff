import MillraceMySQL
import Testing

@Suite struct ColumnTypeTests {
  @Test("A type is found by the keyword of information_schema") func keyword() {
    #expect(ColumnType(rawValue: "geomcollection") == .geometryCollection)
    #expect(ColumnType(rawValue: "enum") == .enum)
  }
}
