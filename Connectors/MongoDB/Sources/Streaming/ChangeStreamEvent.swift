internal import MillraceCore

/// The fields of one event of a change stream, as places in its bytes: valid as long as they are.
///
/// Source: MongoDB manual, "Change Events".
struct ChangeStreamEvent {
  enum Operation { case insert, update, replace, delete, other }

  /// `_id`: where the stream goes on behind this event.
  var token: UnsafeRawBufferPointer?
  var operation: Operation?
  var database: UnsafeRawBufferPointer?
  var collection: UnsafeRawBufferPointer?
  /// `documentKey`: `_id`, and the shard key.
  var key: UnsafeRawBufferPointer?
  var fullDocument: UnsafeRawBufferPointer?
  var before: UnsafeRawBufferPointer?
  var update: UnsafeRawBufferPointer?
  var session: UnsafeRawBufferPointer?
  var transactionNumber: Int64?
  /// Seconds since 1970 in the upper half.
  var clusterTime: UInt64?
  /// ms since 1970; since MongoDB 6.
  var wallTime: Int64?
  /// Which of how many parts it is, where it was too large for one.
  var fragment: (number: Int64, of: Int64)?

  /// Takes what `document` has; what is there already stays: so the parts of a large event become one.
  mutating func take(_ document: UnsafeRawBufferPointer) throws(MillraceError) {
    var reader = try BSONReader(document)
    while let element = try reader.next() {
      guard let first = element.name.first else { continue }
      switch first {
      case UInt8(ascii: "_") where element.isNamed("_id"): token = element.document
      case UInt8(ascii: "o") where element.isNamed("operationType"): operation = operation ?? ChangeStreamEvent.operation(element)
      case UInt8(ascii: "n") where element.isNamed("ns"): try take(namespace: element)
      case UInt8(ascii: "d") where element.isNamed("documentKey"): key = key ?? element.document
      case UInt8(ascii: "f") where element.isNamed("fullDocument"): fullDocument = fullDocument ?? element.document
      case UInt8(ascii: "f") where element.isNamed("fullDocumentBeforeChange"): before = before ?? element.document
      case UInt8(ascii: "u") where element.isNamed("updateDescription"): update = update ?? element.document
      case UInt8(ascii: "l") where element.isNamed("lsid"): session = session ?? element.document
      case UInt8(ascii: "t") where element.isNamed("txnNumber"): transactionNumber = transactionNumber ?? element.integer
      case UInt8(ascii: "c") where element.isNamed("clusterTime"): clusterTime = clusterTime ?? element.timestamp
      case UInt8(ascii: "w") where element.isNamed("wallTime"): wallTime = wallTime ?? (element.type == .date ? element.integer : nil)
      case UInt8(ascii: "s") where element.isNamed("splitEvent"): try take(fragment: element)
      default: break
      }
    }
  }

  private static func operation(_ element: BSONElement) -> Operation {
    if element.type == .string, let text = element.text {
      let named = BSONElement(type: .string, name: text, value: element.value)
      if named.isNamed("insert") { return .insert }
      if named.isNamed("update") { return .update }
      if named.isNamed("delete") { return .delete }
      if named.isNamed("replace") { return .replace }
    }
    return .other
  }

  private mutating func take(namespace element: BSONElement) throws(MillraceError) {
    guard database == nil, let document = element.document else { return }
    var reader = try BSONReader(document)
    while let part = try reader.next() {
      if part.isNamed("db") { database = part.text } else if part.isNamed("coll") { collection = part.text }
    }
  }

  private mutating func take(fragment element: BSONElement) throws(MillraceError) {
    guard let document = element.document else { return }
    var reader = try BSONReader(document)
    var number: Int64 = 0, count: Int64 = 0
    while let part = try reader.next() {
      if part.isNamed("fragment") { number = part.integer ?? 0 } else if part.isNamed("of") { count = part.integer ?? 0 }
    }
    fragment = (number, count)
  }
}
