internal import MillraceCore

/// The settings of the replication slot and of the positions that are confirmed to it.
struct SlotSettings: Sendable {
  /// `offset.mismatch.strategy`; what is not set is an error where data would be lost, see docs/decisions/0006.
  enum MismatchStrategy: String, CaseIterable, Sendable {
    case noValidation = "no_validation"
    case trustOffset = "trust_offset"
    case trustSlot = "trust_slot"
    case trustGreater = "trust_greater_lsn"

    /// Whether a slot that was confirmed beyond the offset is gone on from.
    var goesOnAhead: Bool { self != .trustOffset }
    var advancesSlot: Bool { self == .trustOffset || self == .trustGreater }
  }

  enum FlushMode: String, CaseIterable, Sendable {
    case connector, manual
    case connectorAndDriver = "connector_and_driver"
  }

  var name: String
  var dropsOnStop: Bool
  var isFailover: Bool
  var retries: Int
  var retryDelay: Duration
  var createTimeout: Duration
  /// Options of the plug-in beside those that the connector sets itself.
  var streamParameters: [(name: String, value: String)] = []
  var mismatch: MismatchStrategy?
  var flushMode: FlushMode
  /// How often `source.xmin` is read; nil: never.
  var xminInterval: Duration?

  init(_ configuration: inout Configuration) {
    name = configuration["slot.name"] ?? "debezium"
    let isLegal = !name.isEmpty && name.utf8.count <= 63
      && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    if !isLegal {
      configuration.report(
        Finding(key: "slot.name", problem: "\"\(name)\" is no slot name", advice: "use up to 63 lower-case letters, digits and underscores"))
    }
    dropsOnStop = configuration.boolean("slot.drop.on.stop", default: false)
    isFailover = configuration.boolean("slot.failover", default: false)
    retries = configuration.integer("slot.max.retries", default: 6, in: 0...1_000_000)
    retryDelay = .milliseconds(configuration.integer("slot.retry.delay.ms", default: 10_000, in: 0...86_400_000))
    createTimeout = .seconds(configuration.integer("internal.create.slot.command.timeout", default: 90, in: 1...86_400))
    mismatch = configuration["offset.mismatch.strategy"] == nil
      ? nil : configuration.choice("offset.mismatch.strategy", default: .noValidation)
    flushMode = configuration.choice("lsn.flush.mode", default: .connector)
    if configuration["flush.lsn.source"] != nil {
      let flushes = configuration.boolean("flush.lsn.source", default: true)
      configuration.report(
        Finding(
          .warning, key: "flush.lsn.source", problem: "is the old name of lsn.flush.mode",
          advice: "write lsn.flush.mode=\(flushes ? "connector" : "manual")"))
      if configuration["lsn.flush.mode"] == nil { flushMode = flushes ? .connector : .manual }
    }
    let interval = configuration.integer("xmin.fetch.interval.ms", default: 0, in: 0...86_400_000)
    xminInterval = interval == 0 ? nil : .milliseconds(interval)
    readStreamParameters(&configuration)
  }

  /// What pgoutput takes beside the options that say how the stream is decoded, which are not the user's to choose.
  private mutating func readStreamParameters(_ configuration: inout Configuration) {
    let key = "slot.stream.params"
    for item in (configuration[key] ?? "").split(separator: ";").map({ String($0).trimmed }) where !item.isEmpty {
      let parts = item.split(separator: "=", omittingEmptySubsequences: false).map { String($0).trimmed }
      guard parts.count == 2 else {
        configuration.report(Finding(key: key, problem: "has \"\(item)\", which is not name=value", advice: "write name=value;name=value"))
        continue
      }
      switch parts[0] {
      case "origin":
        if ["none", "any"].contains(parts[1].lowercased()) {
          streamParameters.append((parts[0], parts[1].lowercased()))
        } else {
          configuration.report(Finding(key: key, problem: "has origin=\(parts[1])", advice: "write origin=none or origin=any"))
        }
      case "proto_version", "publication_names", "binary", "messages", "streaming", "two_phase":
        configuration.report(
          Finding(key: key, problem: "has \(parts[0]), which Millrace sets as its decoder needs it", advice: "leave \(parts[0]) out"))
      default:
        configuration.report(
          Finding(key: key, problem: "has \(parts[0]), which pgoutput does not know", advice: "write origin=none, or leave \(parts[0]) out"))
      }
    }
  }
}
