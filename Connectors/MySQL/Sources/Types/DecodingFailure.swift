internal import MillraceCore

/// Why a value could not be decoded; holds nothing of the value. The caller adds table and column.
struct DecodingFailure: Error, BitwiseCopyable, Equatable {
  enum Kind: UInt8, BitwiseCopyable {
    /// The row image ends before the value does.
    case truncated
    /// Not what the log or the server writes for the type.
    case malformed
    /// What the log holds is of another type than the column is known to have.
    case otherType
    /// A proper value that the schema's type cannot hold, or a day that no calendar has.
    case outOfRange
  }

  let kind: Kind
  let type: ColumnCodec.Form

  init(_ kind: Kind, _ type: ColumnCodec.Form) {
    self.kind = kind
    self.type = type
  }

  /// Whether the rest of the row can be read all the same.
  var isContained: Bool { kind != .truncated }

  /// The failure as the pipeline knows it: one record is at fault.
  func error(table: String, column: String) -> MillraceError {
    let (code, what, advice) =
      switch kind {
      case .truncated:
        ("mysql.value.truncated", "ends too early (\(type))", "check the binary log with mysqlbinlog --verify-binlog-checksum")
      case .malformed:
        ("mysql.value.malformed", "is not in the form of its type (\(type))", "compare the value on the server; report this if it is proper")
      case .otherType:
        ("mysql.value.type", "has another type in the log than in the table's known definition (\(type))",
         "the schema history is not that of this log: take a new snapshot, or set snapshot.mode=recovery once")
      case .outOfRange:
        ("mysql.value.range", "does not fit its schema type (\(type))", "change the value, or leave the column out with column.exclude.list")
      }
    return MillraceError(
      code: code, component: "mysql", retry: .record, message: "a value of column \(column) \(what)", advice: advice, subject: table)
  }
}
