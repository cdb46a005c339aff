/// `incremental.snapshot.*`, as every connector has it.
public struct IncrementalSettings: Sendable {
  /// Rows of a chunk; of the first one where they adapt.
  public let chunkRows: Int
  /// The most rows of a chunk: chunks grow as long as one takes less time than `chunkTime`. Equal to `chunkRows` where the size is given.
  public let mostRows: Int
  /// How long reading a chunk may take.
  public let chunkTime: Duration
  /// Tables that are read at once.
  public let threads: Int
  /// The most rows a second; nil: as many as can be had.
  public let rowsPerSecond: Int?
  /// How far the stream may be behind before reading waits, ms; nil: it never waits.
  public let mostLatency: UInt64?
  /// Whether tables are read that are captured now and were not when the offset was stored.
  public let readsNewTables: Bool

  /// Reads the settings.
  public init(_ configuration: inout Configuration) {
    let rows = configuration.integer("incremental.snapshot.chunk.size", default: 1024, in: 1...10_000_000)
    chunkRows = rows
    mostRows = configuration["incremental.snapshot.chunk.size"] == nil ? 1 << 16 : rows
    chunkTime = .milliseconds(configuration.integer("incremental.snapshot.chunk.time.ms", default: 250, in: 1...600_000))
    threads = configuration.integer("incremental.snapshot.max.threads", default: 1, in: 1...64)
    let rate = configuration.integer("incremental.snapshot.rows.per.second", default: 0, in: 0...1_000_000_000)
    rowsPerSecond = rate == 0 ? nil : rate
    let latency = configuration.integer("incremental.snapshot.latency.limit.ms", default: 0, in: 0...86_400_000)
    mostLatency = latency == 0 ? nil : UInt64(latency)
    readsNewTables = configuration.boolean("incremental.snapshot.new.tables", default: false)
  }

  /// The settings, for a connector's list.
  public static let options: [ConfigurationOption] = [
    .init("incremental.snapshot.chunk.size", .integer(1...10_000_000), default: "1024", "Rows of a chunk of an incremental snapshot. Without it chunks begin with 1024 and grow within chunk.time.ms."),
    .init("incremental.snapshot.chunk.time.ms", .integer(1...600_000), default: "250", "How long reading a chunk may take; chunks adapt to it. Millrace's own."),
    .init("incremental.snapshot.max.threads", .integer(1...64), default: "1", "Tables that an incremental snapshot reads at once, each on a connection of its own."),
    .init("incremental.snapshot.rows.per.second", .integer(0...1_000_000_000), default: "0", "The most rows a second of an incremental snapshot; 0: no limit. Millrace's own."),
  ]

  /// Those that a connector has to do something for: it tells how far its stream is behind (`Moment.latency`), and which tables are new
  /// (`begin(newTables:)`).
  public static let streamOptions: [ConfigurationOption] = [
    .init("incremental.snapshot.latency.limit.ms", .integer(0...86_400_000), default: "0", "Incremental snapshots read nothing while the stream is further behind; 0: no limit. Millrace's own."),
    .init("incremental.snapshot.new.tables", .boolean, default: "false", "Whether a table that is captured now, and was not when the offset was stored, is snapshotted incrementally. Millrace's own."),
  ]
}
