/// What each version of the server brings that the connector makes use of: the only place that compares versions.
///
/// Tested with 13 to 18 (IntegrationTests/test_versions.py). Source: PostgreSQL documentation, the release notes of each version.
struct ServerVersion: Comparable, CustomStringConvertible {
  /// As libpq has it, for instance 150018.
  let number: Int

  static let oldest = ServerVersion(number: 100_000)
  static let oldestTested = ServerVersion(number: 130_000)

  /// pgoutput, publications and `confirmed_flush_lsn`: nothing works without.
  var hasPublications: Bool { self >= .oldest }
  /// Generated columns in the catalog.
  var hasGeneratedColumns: Bool { number >= 120_000 }
  /// `pg_partition_tree`.
  var listsPartitions: Bool { number >= 120_000 }
  /// `publish_via_partition_root`, partitioned tables in publications, `wal_status` of a slot.
  var publishesPartitionRoots: Bool { number >= 130_000 }
  var tellsSlotLoss: Bool { number >= 130_000 }
  /// pgoutput's option `messages`.
  var sendsMessages: Bool { number >= 140_000 }
  /// Scans of a range of tuple identifiers, by which a table is read in parts.
  var scansBlockRanges: Bool { number >= 140_000 }
  var hasIdleSessionTimeout: Bool { number >= 140_000 }
  /// `CREATE_REPLICATION_SLOT … (SNAPSHOT 'export')`; before, `EXPORT_SNAPSHOT` as a word of its own.
  var takesSlotOptionList: Bool { number >= 150_000 }
  /// pgoutput's option `origin`.
  var filtersOrigins: Bool { number >= 160_000 }
  /// Logical slots on a standby.
  var decodesOnStandby: Bool { number >= 160_000 }
  /// `pg_replication_slots.conflicting`, of a slot on a standby.
  var tellsSlotConflict: Bool { number >= 160_000 }
  /// Slots that standbys keep a copy of, `pg_replication_slots.failover`.
  var hasFailoverSlots: Bool { number >= 170_000 }
  var hasTransactionTimeout: Bool { number >= 170_000 }
  // Version 18: a publication may send generated columns (publish_generated_columns). They are dropped, as no snapshot reads them
  // (TableShape).

  static func < (a: ServerVersion, b: ServerVersion) -> Bool { a.number < b.number }

  var description: String { "\(number / 10_000)" }
}
