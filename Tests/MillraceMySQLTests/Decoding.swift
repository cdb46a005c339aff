import MillraceCore

@testable import MillraceMySQL

/// A column of a test, decoded by itself.
struct Decoding {
  var column: ColumnDefinition
  var settings = TypeSettings()

  init(_ type: ColumnType, length: Int? = nil, scale: Int? = nil, _ change: (inout ColumnDefinition) -> Void = { _ in }) {
    column = ColumnDefinition("c", type)
    column.length = length
    column.scale = scale
    change(&column)
  }

  func with(_ change: (inout TypeSettings) -> Void) -> Decoding {
    var copy = self
    change(&copy.settings)
    return copy
  }

  var mapping: TypeMapper.Mapping { TypeMapper(settings: settings).mapping(of: column, table: "d.t") }

  /// A value of the log; nil where it fails.
  func row(_ kind: ImageColumn.Kind, size: Int = 0, scale: Int = 0, _ hex: String) -> Value? {
    let bytes = Decoding.bytes(hex)
    return bytes.withUnsafeBytes { bytes in
      var batch = RecordBatch()
      var cursor = RowCursor(bytes)
      let mapping = mapping
      do throws(DecodingFailure) {
        let slot = try mapping.codec.decode(
          row: &cursor, as: ImageColumn(kind, size: size, scale: scale), members: MemberTexts(column.members),
          table: CharsetTable.of(mapping.codec.charset), into: &batch)
        return cursor.left == 0 ? batch.value(slot) : nil
      } catch {
        return nil
      }
    }
  }

  /// A value of a result; nil where it fails.
  func text(_ text: String) -> Value? {
    Array(text.utf8).withUnsafeBytes { bytes in
      var batch = RecordBatch()
      return (try? mapping.codec.decode(text: bytes, into: &batch)).map { batch.value($0) }
    }
  }

  static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.filter { $0 != " " }.utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
