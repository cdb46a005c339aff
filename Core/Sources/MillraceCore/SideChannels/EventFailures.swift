/// What a connector does with a change that it cannot decode, and with a value that it cannot convert
/// (`event.processing.failure.handling.mode`, `event.converting.failure.handling.mode`).
///
/// As long as the second is not set, a value that cannot be converted puts its record at fault, and the first decides; its default
/// ends the run (Invariants 3 and 6). Debezium's default is to deliver null in the place of the value.
public final class EventFailures: Sendable {
  private enum Processing: String, CaseIterable { case fail, warn, skip, ignore }
  private enum Converting: String, CaseIterable { case fail, warn, skip }

  /// Whether a record at fault is left out.
  public let skipsRecords: Bool
  /// Whether null stands for a value that cannot be converted, where the schema allows it.
  public let replacesValues: Bool
  /// Whether a value is at fault that is otherwise null because its type has none for it, such as NaN among decimals.
  public let refusesNaN: Bool
  private let records: FaultLog
  private let values: FaultLog

  public init(_ configuration: inout Configuration, log: Log) {
    let processing = configuration.choice("event.processing.failure.handling.mode", default: Processing.fail)
    let converting =
      configuration["event.converting.failure.handling.mode"] == nil
      ? nil : configuration.choice("event.converting.failure.handling.mode", default: Converting.fail)
    skipsRecords = processing != .fail
    replacesValues = converting == .warn || converting == .skip
    refusesNaN = converting == .fail
    records = FaultLog(log, level: processing == .warn ? .warning : .debug, each: false)
    values = FaultLog(log, level: converting == .warn ? .warning : .debug, each: false)
  }

  /// A change cannot be decoded: returns where it is to be left out.
  public func leaveOut(_ error: MillraceError) throws(MillraceError) {
    guard skipsRecords, error.retry == .record else { throw error }
    records.report("a change is left out", error)
  }

  /// A value cannot be converted: returns where null is to stand for it.
  public func replaceValue(_ error: MillraceError) throws(MillraceError) {
    guard replacesValues else { throw error }
    values.report("null stands for a value", error)
  }

  /// Ends the run at the first failure.
  public static let fatal: EventFailures = {
    var none = Configuration([:])
    return EventFailures(&none, log: .none)
  }()
}
