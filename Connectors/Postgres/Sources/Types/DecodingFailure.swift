internal import MillraceCore

/// Why a value's text could not be decoded; holds nothing of the value. The caller adds table and column.
struct DecodingFailure: Error, BitwiseCopyable, Equatable {
  enum Kind: UInt8, BitwiseCopyable {
    /// Not the text form of the type.
    case malformed
    /// A proper value that the schema's type cannot hold.
    case outOfRange
    /// NULL among elements that the schema declares as required.
    case nullElement
  }

  let kind: Kind
  let type: ColumnCodec.Form

  init(_ kind: Kind, _ type: ColumnCodec.Form) {
    self.kind = kind
    self.type = type
  }

  /// The type's name in messages.
  var typeName: String { "\(type)" }

  /// The failure as the pipeline knows it: one record is at fault.
  func error(table: String, column: String) -> MillraceError {
    let (code, what, advice) =
      switch kind {
      case .malformed:
        ("postgres.value.malformed", "is not the text form of its type (\(typeName))",
         "check that DateStyle, IntervalStyle, bytea_output and client_encoding of the session are those the connector sets")
      case .outOfRange:
        ("postgres.value.range", "does not fit its schema type (\(typeName))",
         "change the value, or leave the column out with column.exclude.list")
      case .nullElement:
        ("postgres.value.null-element", "is an array with a NULL among elements that the schema requires (\(typeName))",
         "remove the NULL, or leave the column out with column.exclude.list")
      }
    return MillraceError(
      code: code, component: "postgres", retry: .record, message: "a value of column \(column) \(what)", advice: advice,
      subject: table)
  }
}
