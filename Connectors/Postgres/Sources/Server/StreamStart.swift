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

  /// - Parameter tables: the captured ones.
  /// - Returns: what the run does, where the stream begins, and the name of the exported snapshot if the slot is new.
  func open(
    for tables: [PostgresTable], resuming stored: StoredPosition?
  ) throws(MillraceError) -> (decision: SnapshotDecision, position: PostgresPosition, snapshot: String?) {
    let publication = Publication(connection: control, settings: settings)
    // A publication that is younger than the slot's position would be unknown to the decoding of what lies between.
    let change = try publication.prepare(for: tables)
    do throws(MillraceError) {
      try ReplicaIdentities(connection: control, settings: settings).apply(to: tables, log: log)
      let isStopping = { control.interruption?.isRequested == true }
      return try SlotRetry(settings: settings, log: log, isStopping: isStopping).run { () throws(MillraceError) in
        try begin(stored, isUnpublished: change == .created)
      }
    } catch {
      // Nothing half-created is left behind.
      control.interruption = nil
      if change == .created { publication.drop() }
      throw error
    }
  }

  private func begin(
    _ stored: StoredPosition?, isUnpublished: Bool
  ) throws(MillraceError) -> (decision: SnapshotDecision, position: PostgresPosition, snapshot: String?) {
    let slot = ReplicationSlot(connection: control, settings: settings)
    let state = try slot.settled()
    if let state { try validate(state) }
    let stored = placed(stored, at: state)
    let loss = loss(state, stored, isUnpublished: isUnpublished)
    let decision: SnapshotDecision
    do {
      decision = try SnapshotDecision.made(settings.snapshot.rules, StoredPosition.state(stored), hasSlot: state != nil, loss: loss)
    } catch {
      throw refused(error, stored, state)
    }
    if let loss, settings.snapshot.rules.mendsLoss {
      log.warning("what follows the stored offset is gone from the server; the rows are read anew", ("slot", settings.slot.name), ("reason", "\(loss)"))
    }
    switch decision.start {
    case .storedPosition, .slot, .noStream:
      var position = decision.start == .storedPosition ? stored?.position ?? PostgresPosition() : PostgresPosition()
      if position.start == 0 { position.start = state?.confirmed ?? 0 }
      if decision.start == .storedPosition, let state { try reconcile(&position, with: state, slot) }
      return (decision, position, nil)
    case .newSlot, .replacedSlot:
      if decision.start == .replacedSlot { try slot.drop() }
      if settings.slot.isFailover, try !slot.canFailOver() {
        log.warning("the slot is created without failover, which takes a primary of PostgreSQL 17 or later", ("slot", settings.slot.name))
      }
      let created = try slot.create(on: replication)
      var position = PostgresPosition()
      position.start = created.start
      log.info("replication slot created", ("slot", settings.slot.name), ("position", PostgresLSN.text(created.start)))
      return (decision, position, created.snapshot)
    }
  }

  /// Where the slot and the stored position differ, does what `offset.mismatch.strategy` says.
  private func reconcile(
    _ position: inout PostgresPosition, with state: ReplicationSlot.State, _ slot: ReplicationSlot
  ) throws(MillraceError) {
    let confirmed = state.confirmed ?? 0
    let gap = [("slot", PostgresLSN.text(confirmed)), ("offset", PostgresLSN.text(position.flushable))]
    if confirmed > position.flushable {
      log.report(.warning, "the slot was confirmed beyond the stored offset: what lies between is skipped, as offset.mismatch.strategy says", gap)
      position.start = confirmed
    } else if confirmed < position.flushable, settings.slot.mismatch?.advancesSlot == true, settings.slot.flushMode != .manual {
      // Nothing is repeated either way: the stream begins at the offset.
      log.report(.info, "the slot is advanced to the stored offset", gap)
      try slot.advance(to: position.flushable)
    }
  }

  /// Why the slot cannot send what follows the stored position.
  private func loss(
    _ slot: ReplicationSlot.State?, _ stored: StoredPosition?, isUnpublished: Bool
  ) -> SnapshotDecision.Loss? {
    guard let slot else { return stored == nil || StoredPosition.state(stored) == .unfinished(streamed: false) ? nil : .slotGone }
    if slot.loss != nil { return .slotLost }
    guard let position = stored?.position else { return nil }
    if isUnpublished { return .unpublished }
    return slot.confirmed ?? 0 > position.flushable && settings.slot.mismatch?.goesOnAhead != true ? .slotAhead : nil
  }

  /// The stored position, with the slot's where it says nothing of its own: an offset of Debezium's names changes, not transactions.
  private func placed(_ stored: StoredPosition?, at slot: ReplicationSlot.State?) -> StoredPosition? {
    guard var stored, let slot else { return stored }
    let confirmed = slot.confirmed ?? 0
    if stored.isForeign {
      stored.position.start = min(confirmed, stored.position.lastCommitEnd ?? stored.position.lastChange)
    } else if stored.position.start == 0 {
      stored.position.start = confirmed
    }
    return stored
  }

  private func validate(_ slot: ReplicationSlot.State) throws(MillraceError) {
    if slot.plugin != "pgoutput" || slot.database != settings.database {
      throw error(
        "slot.foreign", .stop, "the replication slot belongs to plugin \(slot.plugin) and database \(slot.database)",
        "choose another slot.name")
    }
    if slot.isActive {
      throw error(
        "slot.active", returns ? .retry : .stop, "the replication slot is in use by process \(slot.activeProcess ?? "?")",
        "stop the other client, or choose another slot.name")
    }
  }

  private func refused(
    _ refusal: SnapshotDecision.Refusal, _ stored: StoredPosition?, _ slot: ReplicationSlot.State?
  ) -> MillraceError {
    let anew = "set snapshot.mode=when_needed, or remove the stored offset, to begin with a new snapshot"
    switch refusal {
    case .unfinished: return SnapshotDecision.Refusal.unfinished.error(settings)
    case .noPosition: return SnapshotDecision.Refusal.noPosition.error(settings)
    case .loss(.slotGone):
      return error(
        "slot.missing", .stop, "there is a stored offset, but its replication slot is gone, and with it the changes since", anew, stored)
    case .loss(.slotLost):
      return error(
        "slot.lost", .stop, slot?.loss ?? "the slot is lost",
        "drop the slot and remove the stored offset, or set snapshot.mode=when_needed, to begin with a new snapshot")
    case .loss(.slotAhead):
      return error(
        "slot.ahead", .stop,
        """
        the slot was confirmed up to \(PostgresLSN.text(slot?.confirmed ?? 0)) by somebody, beyond the stored offset \
        \(PostgresLSN.text(stored?.position.flushable ?? 0)): changes between are lost
        """,
        "find out who reads this slot; \(anew); or accept the loss with offset.mismatch.strategy=trust_slot")
    case .loss(.unpublished):
      return MillraceError(
        code: "postgres.publication.lost", component: "postgres", retry: .stop,
        message: "the publication is gone, and the server cannot decode the log before it is created again",
        advice: "remove the stored offset and the slot, or set snapshot.mode=when_needed, to begin with a new snapshot",
        subject: settings.publication, position: stored.map { PostgresLSN.text($0.position.flushable) })
    }
  }

  private func error(
    _ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String, _ stored: StoredPosition? = nil
  ) -> MillraceError {
    MillraceError(
      code: "postgres.\(code)", component: "postgres", retry: retry, message: message, advice: advice, subject: settings.slot.name,
      position: stored.map { PostgresLSN.text($0.position.flushable) })
  }
}

extension SnapshotDecision.Refusal {
  /// What has nothing to do with a slot.
  func error(_ settings: PostgresSettings) -> MillraceError {
    self == .noPosition
      ? MillraceError(
        code: "postgres.offset.missing", component: "postgres", retry: .stop,
        message: "snapshot.mode.configuration.based.snapshot.on.schema.error asks for a recovery, and there is no stored offset to recover from",
        advice: "set it to false for the first run", subject: settings.prefix)
      : MillraceError(
        code: "postgres.snapshot.unfinished", component: "postgres", retry: .stop,
        message: "an earlier run has not finished its snapshot, and snapshot.mode now allows none",
        advice: "set snapshot.mode=initial to finish it, or remove the stored offset", subject: settings.prefix)
  }
}
