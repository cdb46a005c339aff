import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct TableMapTests {
  /// `create table d.t (id int unsigned primary key, name varchar(300) character set latin1, size enum('s','m'), price decimal(10,2),
  /// at datetime(3), flags bit(12))`, as MySQL 8 writes it with full metadata.
  static let bytes: [UInt8] =
    [0x7B, 0, 0, 0, 0, 0, 1, 0, 1] + Array("d".utf8) + [0, 1] + Array("t".utf8) + [0, 6, 3, 15, 254, 246, 18, 16]
    // metadata: varchar length, enum with its size, digits and scale, fraction digits, bits and bytes
    + [9, 0x2C, 1, 0xF7, 1, 10, 2, 3, 4, 1] + [0b11_1110]
    + [1, 1, 0b1000_0000, 2, 1, 8] + [4, 28] + ["id", "name", "size", "price", "at", "flags"].flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    + [6, 5, 2, 1, 0x73, 1, 0x6D] + [8, 1, 0]

  static func map(_ bytes: [UInt8] = bytes) throws(MillraceError) -> TableMap {
    let result: Result<TableMap, MillraceError> = bytes.withUnsafeBytes { raw in
      do throws(MillraceError) { return .success(try TableMap(raw)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  @Test func theNamesAndTheTypesAreRead() throws {
    let map = try Self.map()
    #expect(map.id == 0x7B)
    #expect(map.database == "d" && map.table == "t")
    #expect(
      map.columns == [
        ImageColumn(.long), ImageColumn(.varchar, size: 300), ImageColumn(.enum, size: 1), ImageColumn(.newdecimal, size: 10, scale: 2),
        ImageColumn(.datetime2, size: 3), ImageColumn(.bit, size: 12),
      ])
    #expect(map.isNullable == [false, true, true, true, true, true])
    #expect(map.names == ["id", "name", "size", "price", "at", "flags"])
  }

  @Test func characterSetsThatMariaDBGivesToSpatialColumnsAreNoFault() throws {
    #expect(try Self.map(Self.bytes + [2, 5, 45, 0, 8, 7, 63]).names.count == 6)
  }

  @Test func namesForOtherColumnsAreRefused() throws {
    #expect(throws: MillraceError.self) { try Self.map(Self.bytes + [4, 2, 1, 0x61]) }
  }

  @Test func aMapThatIsCutOffIsRefused() throws {
    // Behind the null bits the metadata may end after any of its fields.
    let ends = [Self.bytes.firstIndex(of: 0b11_1110).map { $0 + 1 } ?? 0]
    for length in 0..<ends[0] {
      #expect(throws: MillraceError.self) { try Self.map(Array(Self.bytes.prefix(length))) }
    }
    for length in ends[0]..<Self.bytes.count { _ = try? Self.map(Array(Self.bytes.prefix(length))) }
  }

  @Test func theLengthOfAValueFollowsFromItsColumn() {
    let lengths = [
      ImageColumn(.tiny): 1, ImageColumn(.int24): 3, ImageColumn(.newdecimal, size: 65, scale: 30): 30, ImageColumn(.newdecimal, size: 10, scale: 2): 5,
      ImageColumn(.datetime2, size: 6): 8, ImageColumn(.time2, size: 1): 4, ImageColumn(.bit, size: 9): 2, ImageColumn(.set, size: 8): 8,
    ]
    for (column, length) in lengths { #expect(column.fixedLength == length) }
    #expect(ImageColumn(.varchar, size: 255).lengthBytes == 1)
    #expect(ImageColumn(.varchar, size: 256).lengthBytes == 2)
    #expect(ImageColumn(.json, size: 4).lengthBytes == 4)
  }

  @Test func aLongCHARHidesItsLengthInItsType() throws {
    // CHAR(255) of utf8mb4: 1020 bytes.
    let bytes: [UInt8] = [0xFE ^ 0x30, 0xFC]
    let column = try bytes.withUnsafeBytes { raw throws(MillraceError) in
      var reader = BinlogReader(raw)
      return try ImageColumn(type: 254, metadata: &reader)
    }
    #expect(column == ImageColumn(.string, size: 0x3FC))
  }
}
