internal import MillraceCore

/// Makes sure of publication and slot, and decides where the stream begins.
struct StreamStart {
  let control: PostgresConnection
  let replication: PostgresConnection
  let settings: PostgresSettings
  let log: Log

  /// - Parameters:
  ///   - tables: the captured ones.
  ///   - beginsAnew: a new snapshot is taken whatever is stored, so that what lies before it need not be in the log.
  /// - Returns: where the stream begins, and the name of the exported snapshot if the slot is new.
  func open(
    for tables: [PostgresTable], resuming stored: StoredPosition?, beginsAnew: Bool
  ) throws(MillraceError) -> (position: PostgresPosition, snapshot: String?) {
    let publication = Publication(connection: control, settings: settings)
    let slot = ReplicationSlot(connection: control, settings: settings)
    // A publication that is younger than the slot's position would be unknown to the decoding of what lies between.
    let change = try publication.prepare(for: tables)
    do throws(MillraceError) {
      if let state = try slot.settled() {
        if change == .created, let stored {
          throw MillraceError(
            code: "postgres.publication.lost", component: "postgres", retry: .stop,
            message: "the publication is gone, and the server cannot decode the log before it is created again",
            advice: "remove the stored offset and the slot to begin with a new snapshot", subject: settings.publication,
            position: PostgresLSN.text(stored.position.flushable))
        }
        return (try resume(at: state, beginsAnew ? nil : stored), nil)
      }
      if let stored, !beginsAnew {
        throw MillraceError(
          code: "postgres.slot.missing", component: "postgres", retry: .stop,
          message: "there is a stored offset, but its replication slot is gone, and with it the changes since",
          advice: "remove the stored offset to begin with a new snapshot", subject: settings.slot,
          position: PostgresLSN.text(stored.position.flushable))
      }
      let created = try slot.create(on: replication)
      var position = PostgresPosition()
      position.start = created.start
      log.info("replication slot created", ("slot", settings.slot), ("position", PostgresLSN.text(created.start)))
      return (position, created.snapshot)
    } catch {
      // Nothing half-created is left behind.
      if change == .created { publication.drop() }
      throw error
    }
  }

  private func resume(at slot: ReplicationSlot.State, _ stored: StoredPosition?) throws(MillraceError) -> PostgresPosition {
    func error(_ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(code: "postgres.slot.\(code)", component: "postgres", retry: retry, message: message, advice: advice, subject: settings.slot)
    }
    if slot.isActive {
      throw error("active", .retry, "the replication slot is in use by process \(slot.activeProcess ?? "?")", "stop the other client, or choose another slot.name")
    }
    if slot.plugin != "pgoutput" || slot.database != settings.database {
      throw error("foreign", .stop, "the replication slot belongs to plugin \(slot.plugin) and database \(slot.database)", "choose another slot.name")
    }
    if slot.isLost {
      throw error("lost", .stop, "the server has removed log that the slot still needed (max_slot_wal_keep_size)", "drop the slot, remove the stored offset and take a new snapshot")
    }
    let confirmed = slot.confirmed ?? 0
    guard var position = stored?.position else {
      var position = PostgresPosition()
      position.start = confirmed
      return position
    }
    if position.start == 0 { position.start = confirmed }
    if confirmed > position.flushable {
      throw error(
        "ahead", .stop,
        "the slot was confirmed up to \(PostgresLSN.text(confirmed)) by somebody, beyond the stored offset \(PostgresLSN.text(position.flushable)): changes between are lost",
        "find out who reads this slot; remove the stored offset and the slot to begin with a new snapshot")
    }
    return position
  }
}
