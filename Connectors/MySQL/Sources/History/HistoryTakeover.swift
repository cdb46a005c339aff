internal import Glibc
internal import MillraceCore

/// Takes over what a Debezium that ran before knew of the tables at its offset, from the file or the topic of its schema history.
struct HistoryTakeover {
  let history: SchemaHistorySettings
  /// `topic.prefix`: one file or topic may hold the records of several connectors.
  let server: String

  /// Puts into `model` what was known at a position; false where the settings name no history.
  func apply(_ position: MySQLPosition, to model: inout SchemaModel) throws(MillraceError) -> Bool {
    guard let records = try read() else { return false }
    records.apply(server: server, to: &model) { HistoryTakeover.isReached($0, by: position) }
    return true
  }

  private func read() throws(MillraceError) -> DebeziumHistory? {
    switch history.store {
    case .memory, .kafka(topic: nil): return nil
    case .file(let path):
      let bytes: [UInt8]
      do throws(SystemError) { bytes = try OpenFile(path, O_RDONLY).readAll() } catch {
        throw HistoryTakeover.error("Debezium's schema history cannot be read", "correct schema.history.internal.file.filename", path)
      }
      do throws(HistoryDamage) { return try DebeziumHistory(bytes) } catch { throw HistoryTakeover.damaged("the file \(error.problem)", path) }
    case .kafka(let topic?):
      guard let topics = history.topics else { return nil }
      return try read(topic, topics)
    }
  }

  /// Debezium writes all of it into the first partition (io.debezium.storage.kafka.history.KafkaSchemaHistory).
  private func read(_ topic: String, _ topics: any TopicReader) throws(MillraceError) -> DebeziumHistory {
    var records = DebeziumHistory(), count = 0
    let isThere = try topics.read(topic, partition: 0) { value throws(MillraceError) in
      count += 1
      do throws(HistoryDamage) { try records.append(value, at: "record \(count)") } catch {
        throw HistoryTakeover.damaged("the topic \(error.problem)", topic)
      }
    }
    guard isThere, count > 0 else {
      throw HistoryTakeover.error(
        "Debezium's schema history is \(isThere ? "empty" : "missing")", "correct schema.history.internal.kafka.topic and .bootstrap.servers", topic)
    }
    return records
  }

  /// Whether a record's position is at or before the one that is taken over.
  private static func isReached(_ recorded: JSONValue, by position: MySQLPosition) -> Bool {
    if !position.gtids.isEmpty, let text = recorded["gtids"]?.string, let set = try? GTIDSet(text) { return set.isSubset(of: position.gtids) }
    guard let file = recorded["file"]?.string, let at = recorded["pos"]?.integer else { return true }
    let number = BinlogPlace(file: file, position: 0).fileNumber, place = position.place
    return number < place.fileNumber || number == place.fileNumber && UInt64(max(0, at)) <= place.position
  }

  private static func error(_ message: String, _ advice: String, _ subject: String) -> MillraceError {
    MillraceError(
      code: "mysql.history", component: "mysql", retry: .stop, message: message, advice: "\(advice), or set snapshot.mode=recovery once", subject: subject)
  }

  private static func damaged(_ problem: String, _ subject: String) -> MillraceError { error(problem, "restore it", subject) }
}
