internal import MillraceCore

/// Makes sure of publication, replica identities and slot, and decides where the stream begins.
struct StreamStart {
  let control: PostgresConnection
  let replication: PostgresConnection
  let settings: PostgresSettings
  let log: Log
  /// Whether the run has streamed from the slot before: then it comes back for as long as it may, also to a slot that the server
  /// still holds for the connection that was lost.
  let returns: Bool

  private var slot: ReplicationSlot { ReplicationSlot(connection: control, settings: settings) }

  /// - Parameters:
  ///   - tables: the captured ones.
  ///   - beginsAnew: a new snapshot is taken whatever is stored, so that what lies before it need not be in the log.
  /// - Returns: where the stream begins, and the name of the exported snapshot if the slot is new.
  func open(
    for tables: [PostgresTable], resuming stored: StoredPosition?, beginsAnew: Bool
  ) throws(MillraceError) -> (position: PostgresPosition, snapshot: String?) {
    let publication = Publication(connection: control, settings: settings)
    // A publication that is younger than the slot's position would be unknown to the decoding of what lies between.
    let change = try publication.prepare(for: tables)
    do throws(MillraceError) {
      try ReplicaIdentities(connection: control, settings: settings).apply(to: tables, log: log)
      let isStopping = { control.interruption?.isRequested == true }
      return try SlotRetry(settings: settings, log: log, isStopping: isStopping).run { () throws(MillraceError) in
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
            advice: "remove the stored offset to begin with a new snapshot", subject: settings.slot.name,
            position: PostgresLSN.text(stored.position.flushable))
        }
        return try create()
      }
    } catch {
      // Nothing half-created is left behind.
      control.interruption = nil
      if change == .created { publication.drop() }
      throw error
    }
  }

  private func create() throws(MillraceError) -> (position: PostgresPosition, snapshot: String?) {
    if settings.slot.isFailover, try !slot.canFailOver() {
      log.warning("the slot is created without failover, which takes a primary of PostgreSQL 17 or later", ("slot", settings.slot.name))
    }
    let created = try slot.create(on: replication)
    var position = PostgresPosition()
    position.start = created.start
    log.info("replication slot created", ("slot", settings.slot.name), ("position", PostgresLSN.text(created.start)))
    return (position, created.snapshot)
  }

  private func resume(at state: ReplicationSlot.State, _ stored: StoredPosition?) throws(MillraceError) -> PostgresPosition {
    func error(_ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(
        code: "postgres.slot.\(code)", component: "postgres", retry: retry, message: message, advice: advice, subject: settings.slot.name)
    }
    if state.plugin != "pgoutput" || state.database != settings.database {
      throw error("foreign", .stop, "the replication slot belongs to plugin \(state.plugin) and database \(state.database)", "choose another slot.name")
    }
    if state.isActive {
      throw error("active", returns ? .retry : .stop, "the replication slot is in use by process \(state.activeProcess ?? "?")", "stop the other client, or choose another slot.name")
    }
    if let loss = state.loss {
      throw error("lost", .stop, loss, "drop the slot, remove the stored offset and take a new snapshot")
    }
    let confirmed = state.confirmed ?? 0
    guard var position = stored?.position else {
      var position = PostgresPosition()
      position.start = confirmed
      return position
    }
    if stored?.isForeign == true {
      position.start = min(confirmed, position.lastCommitEnd ?? position.lastChange)
    } else if position.start == 0 {
      position.start = confirmed
    }
    if confirmed > position.flushable {
      let gap = [("slot", PostgresLSN.text(confirmed)), ("offset", PostgresLSN.text(position.flushable))]
      switch settings.slot.mismatch {
      case nil, .trustOffset:
        throw error(
          "ahead", .stop,
          "the slot was confirmed up to \(PostgresLSN.text(confirmed)) by somebody, beyond the stored offset \(PostgresLSN.text(position.flushable)): changes between are lost",
          "find out who reads this slot; remove the stored offset and the slot to begin with a new snapshot, or accept the loss with offset.mismatch.strategy=trust_slot")
      case .noValidation, .trustSlot, .trustGreater:
        log.report(.warning, "the slot was confirmed beyond the stored offset: what lies between is skipped, as offset.mismatch.strategy says", gap)
        position.start = confirmed
      }
    } else if confirmed < position.flushable, settings.slot.mismatch?.advancesSlot == true, settings.slot.flushMode != .manual {
      // Nothing is repeated either way: the stream begins at the offset.
      log.info(
        "the slot is advanced to the stored offset", ("slot", PostgresLSN.text(confirmed)), ("offset", PostgresLSN.text(position.flushable)))
      try slot.advance(to: position.flushable)
    }
    return position
  }
}
