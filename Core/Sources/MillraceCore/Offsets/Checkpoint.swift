/// Where a connector goes on after a restart: position, snapshot progress and schema state in one value (Invariant 5).
///
/// `partition` and `offset` are in the reference's own form (Debezium's `sourcePartition` and `sourceOffset`: for Postgres
/// `{"server": prefix}` and `{"lsn_proc", "lsn_commit", "lsn", "txId", "ts_usec", …}`), so that stores can be read by both.
/// Order of keys is kept.
public struct Checkpoint: Sendable, Equatable {
  /// A key of partition or offset with its value.
  public struct Entry: Sendable, Equatable {
    /// In the reference's spelling.
    public let key: String
    /// Numbers, texts, booleans, null.
    public let value: Value
    /// An entry.
    public init(_ key: String, _ value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// Whose position it is; the key in a store.
  public var partition: [Entry]
  /// The position, for people and tools; what Millrace goes by is in `state`.
  public var offset: [Entry]
  /// What only Millrace reads (snapshot chunks done): opaque JSON text written by the connector.
  public var state: String?
  /// What only Millrace reads and seldom changes (MySQL's table definitions). It is stored with the rest, as one thing.
  public var attachment: CheckpointAttachment?
  /// The newest signal that had been taken when it was handed over. Not stored: it is about this process only.
  var signals: SignalInbox.Number = 0

  /// Made by connectors, and by stores that read one back.
  public init(partition: [Entry], offset: [Entry], state: String? = nil, attachment: CheckpointAttachment? = nil) {
    self.attachment = attachment
    self.partition = partition
    self.offset = offset
    self.state = state
  }

  /// The value in `offset` under `key`.
  public subscript(key: String) -> Value? { offset.first { $0.key == key }?.value }
}

extension Checkpoint {
  /// The checkpoint as JSON text, for a place of your own, such as a column of a table. It is what an offset file holds.
  ///
  /// - Throws: `offsets.value` for values that connectors do not use.
  public func text() throws(MillraceError) -> String {
    do throws(OffsetFile.Damage) { return try OffsetFile.text([self]) } catch {
      throw MillraceError(
        code: "offsets.value", component: "offsets", retry: .stop, message: "the checkpoint \(error.problem)",
        advice: "report this as a bug of the connector")
    }
  }

  /// Reads what `text` gave.
  ///
  /// - Throws: `offsets.damaged` where it is anything else: damage is never taken for absence (Invariant 10).
  public init(parsing text: String) throws(MillraceError) {
    var problem = "does not hold just one checkpoint"
    do throws(OffsetFile.Damage) {
      let checkpoints = try OffsetFile.checkpoints(Array(text.utf8))
      if checkpoints.count == 1 {
        self = checkpoints[0]
        return
      }
    } catch {
      problem = error.problem
    }
    throw MillraceError(
      code: "offsets.damaged", component: "offsets", retry: .stop, message: "the text \(problem)",
      advice: "restore it from a copy, or give no checkpoint to begin anew")
  }
}
