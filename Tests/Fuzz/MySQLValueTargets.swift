import MillraceCore

@testable import MillraceMySQL

/// Values of MySQL and MariaDB: row images, results, JSON.
extension FuzzTarget {
  static let mysqlValueTargets: [FuzzTarget] = [
    FuzzTarget("mysql-rows", [
      [0x80], [0x27, 0x83, 0xE0, 0x65, 0, 0, 0, 0], [0x7E, 0xF2, 0x04, 0xC7, 0x2D, 0xF3], [0x99, 0xB2, 0xBA, 0xD3, 0x8F, 0x01, 0xE2, 0x40],
      [0x4B, 0x91, 0x05, 0xFF, 0xFF, 0xFF], [4, 0xBA, 0xBA, 0xD7, 0xD6], [8, 0xE3, 0x94, 0x39, 0xFC, 0x36, 0x81, 0x35, 0xEE], [3, 0x8F, 0xB0, 0xA1],
      [25, 0, 0, 0, 0x11, 0x0F, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0],
    ]) {
      let columns = allColumns
      let kinds = (UInt8.min...UInt8.max).compactMap { ImageColumn.Kind(rawValue: $0) }
      var batch = RecordBatch(capacity: 1 << 12)
      return { input, choices in
        let column = columns[choices.below(columns.count)]
        let kind = kinds[choices.below(kinds.count)]
        let image = ImageColumn(kind, size: choices.below(70), scale: choices.below(31))
        batch.reset()
        return input.withUnsafeBytes { bytes in
          var row = RowCursor(bytes)
          guard let slot = try? column.codec.decode(row: &row, as: image, members: column.members, table: column.table, into: &batch) else { return false }
          return batch.value(slot) != .unavailable
        }
      }
    },
    FuzzTarget("mysql-texts", texts(["-128", "18446744073709551615", "00042", "-1234567890.12", "3.4028234663852886e38", "2024-02-29", "0000-00-00", "-838:59:59.000001", "2024-02-29 13:14:15.123456", "plain", "{\"a\": 1}"]),
      words: ["-", ":", ".", "0000", "99", " ", "e+308"]
    ) {
      let columns = allColumns
      var batch = RecordBatch(capacity: 1 << 12)
      return { input, choices in
        let codec = columns[choices.below(columns.count)].codec
        batch.reset()
        return input.withUnsafeBytes { bytes in
          guard let slot = try? codec.decode(text: bytes, into: &batch) else { return false }
          return batch.value(slot) != .unavailable
        }
      }
    },
    FuzzTarget("mysql-json", json) {
      var arena = ByteArena(capacity: 1 << 12)
      return { input, _ in
        arena.removeAll()
        return input.withUnsafeBytes { BinaryJSON($0).write(to: &arena) }
      }
    },
    FuzzTarget("mysql-json-changes", [
      [0, 3, 0x24, 0x2E, 0x61, 3, 5, 7, 0], [1, 6, 0x24, 0x2E, 0x61, 0x5B, 0x30, 0x5D, 3, 5, 7, 0], [2, 6, 0x24, 0x2E, 0x61, 0x5B, 0x30, 0x5D],
      [1, 7, 0x24, 0x2E, 0x22, 0x62, 0x20, 0x63, 0x22, 3, 5, 7, 0],
    ], words: ["$", ".a", "[0]", "\"", "\\"]) {
      var arena = ByteArena(capacity: 1 << 12)
      return { input, choices in
        arena.removeAll()
        let before = json[choices.below(json.count)]
        return input.withUnsafeBytes { changes in before.withUnsafeBytes { JSONDiff.apply(changes, to: $0, into: &arena) } }
      }
    },
    FuzzTarget("mysql-defaults", texts(["0", "-1.5", "it''s \\n", "2024-02-29 01:02:03", "0000-00-00", "01:02", "TRUE", "CURRENT_TIMESTAMP(6)", "00ff"]),
      words: ["'", "\\", "-", ":", "0000", "."]
    ) {
      let types = TypeMapper(settings: TypeSettings())
      return { input, choices in
        let text = String(decoding: input, as: UTF8.self)
        var column = ColumnDefinition("c", ColumnType.allCases[choices.below(ColumnType.allCases.count)])
        column.length = [nil, 0, 1, 6, 10, 65][choices.below(6)]
        column.scale = [nil, 0, 3][choices.below(3)]
        column.isUnsigned = choices.below(2) == 0
        column.defaultValue = [.literal(text), .bits(text), .hex(text), .expression(text)][choices.below(4)]
        return DefaultValue(column, types.mapping(of: column, table: "d.t").codec, optional: choices.below(2) == 0).value != nil
      }
    },
  ]

  private static let json: [[UInt8]] = [
    [0, 1, 0, 0x16, 0, 0x0B, 0, 1, 0, 2, 0x0C, 0, 0x61, 2, 0, 0x0A, 0, 5, 1, 0, 5, 2, 0], [4, 1], [0x0C, 3, 0x61, 0x22, 1],
    [0x0B, 0x7D, 0xC3, 0x94, 0x25, 0xAD, 0x49, 0xB2, 0x54], [0x0F, 0xF6, 4, 3, 2, 0x80, 0x96], [0x0F, 0x0C, 8, 0, 0, 0, 0xBA, 0xB2, 0x19, 0x0B, 0x70],
    [3, 1, 0, 0, 0, 0x0D, 0, 0, 0, 7, 0, 0, 0, 0x80],
  ]

  private struct Column: Sendable {
    let codec: ColumnCodec
    let members: MemberTexts?
    let table: CharsetTable?
  }

  /// Each type in each mode, and a text of each character set.
  private static let allColumns: [Column] = {
    var text = TypeSettings()
    (text.decimals, text.times, text.binaries, text.unsignedBigints) = (.string, .isostring, .hex, .precise)
    var double = TypeSettings()
    (double.decimals, double.times, double.binaries, double.adjustsYears) = (.double, .connect, .base64, false)
    var nano = TypeSettings()
    (nano.times, nano.binaries) = (.nanoseconds, .base64URLSafe)
    var columns: [Column] = []
    for settings in [TypeSettings(), text, double, nano] {
      for type in ColumnType.allCases {
        for (length, scale) in [(nil, nil), (1, 0), (6, 2), (65, 30)] as [(Int?, Int?)] {
          var column = ColumnDefinition("c", type)
          (column.length, column.scale, column.members) = (length, scale, ["a", "b,c"])
          column.isUnsigned = length == 6
          columns.append(Column(codec: TypeMapper(settings: settings).mapping(of: column, table: "d.t").codec, members: MemberTexts(column.members), table: nil))
        }
      }
    }
    for charset in Charset.allCases {
      var codec = ColumnCodec(.text)
      codec.charset = charset
      columns.append(Column(codec: codec, members: nil, table: CharsetTable.of(charset)))
    }
    return columns
  }()
}
