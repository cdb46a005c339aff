internal import MillraceCore

/// The half of a record that a transform works on: what Kafka Connect says by a class name's `$Key` or `$Value`.
public enum RecordSide: String, Sendable, CaseIterable {
  /// Which of the two.
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
  /// Begins another run of headers for a record with a copy of its own, because runs may be shared by several records; what is
  /// appended to `headers` until `endHeaders` belongs to it. Answers where it begins.
  mutating func beginHeaders(of index: Int) -> Int {
    let first = Int(records[index].firstHeader), count = Int(records[index].headerCount)
    let place = headers.count
    for offset in 0..<count { headers.append(headers[first + offset]) }
    return place
  }

  mutating func endHeaders(of index: Int, from place: Int) {
    records[index].firstHeader = UInt32(place)
    records[index].headerCount = UInt32(headers.count - place)
  }
}
