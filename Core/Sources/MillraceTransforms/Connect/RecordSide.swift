internal import MillraceCore

/// The half of a record that a transform works on: what Kafka Connect says by a class name's `$Key` or `$Value`.
public enum RecordSide: String, Sendable, CaseIterable {
  case key, value
}

extension Record {
  /// The slot of one side.
  func slot(_ side: RecordSide) -> Slot { side == .key ? key : value }

  /// The schema of one side, an index into the batch's schemas, or `noSchema`.
  func schema(_ side: RecordSide) -> UInt32 { side == .key ? keySchema : valueSchema }

  /// Replaces one side.
  mutating func set(_ side: RecordSide, _ slot: Slot, schema: UInt32) {
    switch side {
    case .key:
      key = slot
      keySchema = schema
    case .value:
      value = slot
      valueSchema = schema
    }
  }
}

extension RecordBatch {
  /// Gives a record its headers in a new run, followed by `added`: runs may be shared by several records.
  mutating func add(_ added: [Header], to index: Int) {
    let first = Int(records[index].firstHeader)
    let count = Int(records[index].headerCount)
    let place = headers.count
    for offset in 0..<count { headers.append(headers[first + offset]) }
    for header in added { headers.append(header) }
    records[index].firstHeader = UInt32(place)
    records[index].headerCount = UInt32(count + added.count)
  }
}
