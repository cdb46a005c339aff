internal import MillraceCore

/// A cursor of the server's, read batch by batch out of the driver's own buffer: a document costs no allocation. Used by the thread
/// of its session.
///
/// The commands are run by hand (`aggregate` or `find`, then `getMore`) on one server, and none is tried twice, so that a broken
/// connection can never pass over a batch. Source: the server's specification "find, getMore and killCursors commands".
final class MongoCursor {
  /// What a batch should have at most: the server cuts it at so many documents, by their mean size so far.
  static let batchBytes = 2 << 20
  /// What a batch must have, that the next one is fetched ahead.
  private static let aheadBytes = 128 << 10

  private let session: MongoSession
  private let database: String
  private let server: UInt32
  private var collection = ""
  private var id: Int64 = 0
  private var reply: MongoSession.Reply?
  private var documents: BSONReader?
  private var ahead: BlockingThread.Pending<MongoSession.Reply>?
  /// Where a change stream stands when the batch is at its end: `postBatchResumeToken`.
  private(set) var batchToken: BSONDocument?
  /// Whether the batch at hand came without documents.
  private(set) var isBatchEmpty = true
  /// The most documents of a batch; grows and shrinks with their size.
  private var batchSize: Int32
  /// Whether the next batch is fetched by another thread while the one at hand is read, as long as more than a little comes. Only where
  /// the session is the cursor's alone until `close`.
  var fetchesAhead: Bool
  private let isAdaptive: Bool
  private var read: (documents: Int, bytes: Int) = (0, 0)

  /// Opens it: `command` without its `cursor` or `batchSize`.
  /// - Parameter batchSize: documents in a batch; nil: as many as have about `batchBytes`.
  init(
    _ command: BSONDocument, on database: String, session: MongoSession, batchSize: Int? = nil, isFind: Bool = false, fetchesAhead: Bool = false
  ) throws(MillraceError) {
    self.session = session
    self.database = database
    self.fetchesAhead = fetchesAhead
    isAdaptive = batchSize == nil
    self.batchSize = Int32(clamping: batchSize ?? 1000)
    server = try session.selectServer()
    var command = command
    if isFind {
      command.append("batchSize", .int32(self.batchSize))
    } else {
      // What a change stream has already is asked for by the first getMore.
      command.append("cursor", .document(["batchSize": .int32(0)]))
    }
    try take(session.reply(to: command, on: database, server: server))
  }

  deinit { close() }

  /// Whether the server has more, or may have.
  var isOpen: Bool { id != 0 }

  /// The next document of the batch at hand; nil at its end. Valid until the next call of anything here.
  @inline(__always) func next() throws(MillraceError) -> UnsafeRawBufferPointer? {
    guard let element = try documents?.next() else { return nil }
    guard let document = element.document else { throw BSONReader.malformed("stands among others and is none") }
    read.documents &+= 1
    read.bytes &+= document.count
    return document
  }

  /// Asks for the next batch; one without documents is no end as long as the cursor `isOpen`.
  /// - Parameter wait: of a tailable cursor: how long the server waits for something to come, ms.
  func fetch(wait: Int? = nil) throws(MillraceError) {
    documents = nil
    // The buffer of the batch before is given back first.
    reply = nil
    guard id != 0 else { return }
    if let ahead {
      self.ahead = nil
      try take(ahead.wait(), wait: wait)
    } else {
      try take(session.reply(to: more(wait), on: database, server: server), wait: wait)
    }
  }

  /// The command for the next batch.
  private func more(_ wait: Int?) -> BSONDocument {
    if isAdaptive, read.documents > 0 {
      batchSize = Int32(clamping: min(10_000, max(1, MongoCursor.batchBytes / max(1, read.bytes / read.documents))))
      read = (0, 0)
    }
    var command: BSONDocument = ["getMore": .int64(id), "collection": .text(collection), "batchSize": .int32(batchSize)]
    if let wait { command.append("maxTimeMS", .int32(Int32(clamping: wait))) }
    return command
  }

  private func take(_ reply: MongoSession.Reply, wait: Int? = nil) throws(MillraceError) {
    guard let cursor = try BSONReader.find("cursor", in: reply.bytes)?.document else { throw BSONReader.malformed("should be the answer for a cursor and is none") }
    var reader = try BSONReader(cursor)
    while let element = try reader.next() {
      if element.isNamed("id") {
        id = element.integer ?? 0
      } else if element.isNamed("ns"), collection.isEmpty {
        collection = Namespace(element.string ?? "")?.collection ?? ""
      } else if element.isNamed("firstBatch") || element.isNamed("nextBatch"), let batch = element.document {
        documents = try BSONReader(batch)
        isBatchEmpty = batch.count <= 5
      } else if element.isNamed("postBatchResumeToken"), let token = element.document {
        batchToken = try BSONDocument(token)
      }
    }
    self.reply = reply
    guard fetchesAhead, id != 0, reply.bytes.count >= MongoCursor.aheadBytes else { return }
    let fetch = Fetch(command: more(wait), database: database, server: server, session: session)
    ahead = BlockingThread.begin { () throws(MillraceError) in try fetch.session.reply(to: fetch.command, on: fetch.database, server: fetch.server) }
  }

  /// What is handed to the thread that fetches ahead.
  private struct Fetch: @unchecked Sendable {
    // @unchecked: the session is the thread's alone until its result is taken.
    let command: BSONDocument, database: String, server: UInt32, session: MongoSession
  }

  /// Ends it on the server; what goes wrong with that does not matter.
  func close() {
    documents = nil
    reply = nil
    if let ahead {
      self.ahead = nil
      _ = try? ahead.wait()
    }
    guard id != 0 else { return }
    let command: BSONDocument = ["killCursors": .text(collection), "cursors": .array([.int64(id)])]
    id = 0
    session.attempt(command, on: database, server: server)
  }
}

extension BSONDocument: ExpressibleByDictionaryLiteral {
  init(dictionaryLiteral elements: (String, Value)...) {
    self.init()
    for (name, value) in elements { append(name, value) }
  }
}
