/// A request to a connector that runs (io.debezium.pipeline.signal.SignalRecord).
public struct Signal: Sendable, Equatable {
  /// Chosen by the sender; notifications about the request carry it.
  public var id: String
  /// What is wanted: `execute-snapshot`, for example.
  public var type: String
  /// A JSON object with the details, or nil.
  public var data: JSONValue?

  /// A request of a program's own, for `SignalInbox.post`.
  public init(id: String, type: String, data: JSONValue? = nil) {
    self.id = id
    self.type = type
    self.data = data
  }

  /// A row of the signal table.
  /// - Parameter text: the column `data`: JSON, or nil.
  package init(id: String, type: String, text: String?) throws(SignalFault) {
    var data: JSONValue?
    if let text, !text.trimmed.isEmpty {
      do { data = try JSONValue(parsing: text) } catch { throw SignalFault("its data is not JSON: \(error)") }
    }
    self.init(id: id, type: type.trimmed, data: data)
  }

  /// A line of a signal file: `{"id": …, "type": …, "data": {…}}`.
  package init(line: JSONValue) throws(SignalFault) {
    guard line.members != nil else { throw SignalFault("it is no JSON object") }
    guard let type = line["type"]?.string else { throw SignalFault("it has no type") }
    let data = line["data"]
    if let text = data?.string {
      try self.init(id: line["id"]?.scalarText ?? "", type: type, text: text)
    } else {
      self.init(id: line["id"]?.scalarText ?? "", type: type.trimmed, data: data?.isNull == true ? nil : data)
    }
  }
}

extension Signal {
  /// As a line of a signal file, and as the value of a record.
  package var line: String {
    var members: [JSONValue.Member] = [.init("id", .string(id)), .init("type", .string(type))]
    if let data { members.append(.init("data", data)) }
    return JSONValue.object(members).text()
  }
}

/// Why a signal cannot be followed. It is reported in the log, and the run goes on, as in Debezium.
package struct SignalFault: Error, Equatable {
  package let problem: String
  package init(_ problem: String) { self.problem = problem }
}

/// What a signal asks for.
package enum SignalAction: Sendable, Equatable {
  case executeSnapshot(SnapshotRequest)
  /// Of tables that the patterns match; nil: of all.
  case stopSnapshot([String]?)
  case pauseSnapshot
  case resumeSnapshot
  case log(String)
  /// What some connectors do by themselves.
  case own
  /// A watermark of Debezium's in a table that was its before: there is nothing to do.
  case watermark

  package init(_ signal: Signal) throws(SignalFault) {
    switch signal.type {
    case "execute-snapshot": self = .executeSnapshot(try SnapshotRequest(signal))
    case "stop-snapshot":
      if let type = signal.data?["type"]?.string, type.lowercased() != "incremental" {
        throw SignalFault("it wants to stop a snapshot of type \"\(type)\": only incremental ones can be stopped")
      }
      self = .stopSnapshot(try signal.data?["data-collections"].map { (value) throws(SignalFault) in try SignalAction.names(value) })
    case "pause-snapshot": self = .pauseSnapshot
    case "resume-snapshot": self = .resumeSnapshot
    case "log":
      guard let message = signal.data?["message"]?.string, !message.isEmpty else { throw SignalFault("it has no message") }
      self = .log(message)
    case "snapshot-window-open", "snapshot-window-close": self = .watermark
    case "schema-changes", "set-binlog-position": self = .own
    default: throw SignalFault("its type is not known")
    }
  }

  fileprivate static func names(_ value: JSONValue) throws(SignalFault) -> [String] {
    guard let elements = value.elements else { throw SignalFault("its data-collections are no list") }
    return try elements.map { (element) throws(SignalFault) in
      guard let name = element.string, !name.trimmed.isEmpty else { throw SignalFault("its data-collections are not all names") }
      return name.trimmed
    }
  }
}

/// The details of `execute-snapshot`.
package struct SnapshotRequest: Sendable, Equatable {
  package struct Condition: Sendable, Equatable {
    /// A pattern for the table's name.
    package var collection: String
    /// A condition in SQL; for a blocking snapshot a whole statement.
    package var filter: String
  }

  package var id: String
  package var isBlocking: Bool
  /// Patterns for names of tables.
  package var collections: [String]
  package var conditions: [Condition]
  /// The column that orders the chunks instead of the key.
  package var surrogateKey: String?

  package init(_ signal: Signal) throws(SignalFault) {
    guard let data = signal.data, let collections = data["data-collections"] else { throw SignalFault("it names no data-collections") }
    id = signal.id
    self.collections = try SignalAction.names(collections)
    if self.collections.isEmpty { throw SignalFault("it names no data-collections") }
    switch data["type"]?.scalarText.lowercased() {
    case nil, "incremental": isBlocking = false
    case "blocking": isBlocking = true
    case let other?: throw SignalFault("it wants a snapshot of type \"\(other)\": write incremental or blocking")
    }
    conditions = try (data["additional-conditions"]?.elements ?? []).map { (element) throws(SignalFault) in
      guard let collection = element["data-collection"]?.string, let filter = element["filter"]?.string else {
        throw SignalFault("one of its additional-conditions lacks data-collection or filter")
      }
      return Condition(collection: collection.trimmed, filter: filter)
    }
    surrogateKey = data["surrogate-key"]?.string.flatMap { $0.trimmed.isEmpty ? nil : $0.trimmed }
  }

  /// The condition for a table.
  package func condition(for table: String) -> String? {
    conditions.first { condition in (try? NamePattern(condition.collection))?.matches(table) == true }?.filter
  }
}
