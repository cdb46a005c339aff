internal import Glibc

/// The headers that every record carries (`extended.headers.enabled`; io.debezium.pipeline.… EventDispatcher): which connector,
/// which task, which run.
public struct ContextHeaders: Sendable {
  private let entries: [(name: String, value: String)]

  /// - Parameters:
  ///   - logicalName: `topic.prefix`.
  ///   - connector: the connector's name, such as `postgresql`.
  ///   - runID: differs for each start.
  public init(logicalName: String, connector: String, runID: String) {
    entries = [
      ("__debezium.context.connectorLogicalName", logicalName), ("__debezium.context.taskId", "0"),
      ("__debezium.context.connectorName", connector), ("__debezium.context.runId", runID),
    ]
  }

  /// Appends the run of headers, behind `extra` if given; answers first and count. Once per batch for the plain run.
  public func append(to batch: inout RecordBatch, behind extra: Header? = nil) -> (first: UInt32, count: UInt32) {
    let first = UInt32(batch.headers.count)
    if let extra { batch.headers.append(extra) }
    let schema = batch.intern(schema: .string)
    for entry in entries {
      let name = batch.intern(headerName: entry.name)
      let value = batch.text(entry.value)
      batch.headers.append(Header(name: name, schema: schema, value: value))
    }
    return (first, UInt32(batch.headers.count) - first)
  }

  /// A UUID of version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, the rest random.
  public static func newRunID() -> String {
    let milliseconds = UInt64(Clock.nanoseconds() / 1_000_000)
    let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0xFFF)
    let low = 1 << 63 | UInt64.random(in: 0..<(1 << 62))
    func hex(_ value: UInt64, _ digits: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: digits - text.count) + text
    }
    return "\(hex(high >> 32, 8))-\(hex(high >> 16 & 0xFFFF, 4))-\(hex(high & 0xFFFF, 4))-\(hex(low >> 48, 4))-\(hex(low & 0xFFFF_FFFF_FFFF, 12))"
  }
}
