internal import MillraceCore

/// The collection whose new documents are signals: `_id`, `type`, and `data`, a document or its JSON.
struct SignalCollection: Sendable {
  let database: String
  let name: String
  private let inbox: SignalInbox
  private let log: Log

  /// - Parameter namespace: `database.collection`; nil where it is not of that form.
  init?(namespace: String, inbox: SignalInbox, log: Log) {
    guard let namespace = Namespace(namespace) else { return nil }
    database = namespace.database
    name = namespace.collection
    self.inbox = inbox
    self.log = log
  }

  /// Whether an event is of this collection, by the bytes of its names.
  @inline(__always) func isNamed(_ database: UnsafeRawBufferPointer?, _ name: UnsafeRawBufferPointer?) -> Bool {
    guard let database, let name, name.count == self.name.utf8.count else { return false }
    return name.elementsEqual(self.name.utf8) && database.elementsEqual(self.database.utf8)
  }

  /// Leaves the signal of a new document in the inbox.
  func take(_ document: UnsafeRawBufferPointer) throws(MillraceError) {
    var id = "", type: String?, data: String?
    var reader = try BSONReader(document)
    while let element = try reader.next() {
      if element.isNamed("_id") {
        id = try SignalCollection.text(element)
      } else if element.isNamed("type") {
        type = element.string
      } else if element.isNamed("data") {
        data = try SignalCollection.text(element)
      }
    }
    guard let type else { return log.warning("a document of the signal collection is left out: it has no type", ("signal", id)) }
    do throws(SignalFault) {
      inbox.post(try Signal(id: id, type: type, text: data), isOfSource: true)
    } catch {
      log.warning("a signal is left out", ("signal", id), ("problem", error.problem))
    }
  }

  /// Writes a signal for the connector that reads this collection.
  func write(_ signal: Signal, to session: MongoSession) throws(MillraceError) {
    var document: BSONDocument = ["_id": .text(signal.id), "type": .text(signal.type)]
    if let data = signal.data { document.append("data", BSONDocument(json: data.text()).map { .document($0) } ?? .text(data.text())) }
    try session.write(["insert": .text(name), "documents": .array([.document(document)])], on: database)
  }

  /// A text as it is, all else as JSON.
  private static func text(_ element: BSONElement) throws(MillraceError) -> String {
    if let text = element.string { return text }
    var arena = ByteArena(capacity: 256)
    try ExtendedJSON.identity.append(value: element, to: &arena)
    return arena.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
