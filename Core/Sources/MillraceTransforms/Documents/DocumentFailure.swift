internal import MillraceCore

/// Why a document has no form in Kafka Connect's terms.
enum DocumentFailure: Error {
  case malformed
  /// A value of a type that there is no schema for.
  case unsupported(String)
  /// Items of one array that differ in their types.
  case mixed(String)
  /// Arrays in arrays in arrays.
  case deep(String)
  /// A document has a field that is also to be added.
  case fieldTwice(String)
  /// What is to be the record's timestamp is no number of 64 bits.
  case noTimestamp(String)

  var error: MillraceError {
    func make(_ code: String, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(code: "transform.document.\(code)", component: "ExtractNewDocumentState", retry: .record, message: message, advice: advice)
    }
    return switch self {
    case .malformed: make("json", "a document is no extended JSON", "let this transform be the first of the chain, behind MongoDB's connector")
    case .unsupported(let field):
      make("type", "the field \(field) has a value of a type that Kafka Connect cannot hold", "leave the field out by the connector's field.exclude.list")
    case .mixed(let field):
      make("array", "the items of the array \(field) differ in their types", "write array.encoding=document, or leave the field out by the connector's field.exclude.list")
    case .deep(let field):
      make("array.depth", "the array \(field) holds arrays in arrays", "write array.encoding=document, or leave the field out by the connector's field.exclude.list")
    case .noTimestamp(let name):
      make("timestamp", "the field \(name) is no 64-bit number of milliseconds", "write it as NumberLong, or correct collection.field.event.timestamp")
    case .fieldTwice(let name): make("field", "a document has a field \(name) of its own", "write another prefix: add.fields.prefix")
    }
  }
}

/// A member's name as JSON writes it.
enum JSONName {
  /// Without escapes.
  static func text(_ raw: [UInt8]) -> String {
    guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
    let quoted = [UInt8(ascii: "\"")] + raw + [UInt8(ascii: "\"")]
    return (try? JSONValue(parsing: quoted))?.string ?? String(decoding: raw, as: UTF8.self)
  }
}
