internal import Synchronization

/// The content of a batch that was handed to a consumer. Views hold it, so it is used again only when the last of them is gone:
/// a view of a batch that was recycled cannot exist.
///
/// `@unchecked Sendable`: nothing changes the box from its handing over to its recycling; many may read it at once.
final class BatchMemory: @unchecked Sendable {
  let box: BatchBox
  /// By schema index: where the parts of an envelope are, for schemas that are one.
  let layouts: [EnvelopeLayout?]
  private let pool: BoxPool?

  init(_ box: BatchBox, pool: BoxPool? = nil) {
    self.box = box
    self.pool = pool
    layouts = box.batch.schemas.map { EnvelopeLayout($0) }
  }

  deinit { pool?.give(box) }
}

/// Boxes between two batches; a few, so that a steady stream allocates no memory for its content.
final class BoxPool: Sendable {
  private let boxes = Mutex<[BatchBox]>([])
  private let limit = 2

  func take(like capacity: Int) -> BatchBox { boxes.withLock { $0.popLast() } ?? BatchBox(capacity: capacity) }

  func give(_ box: BatchBox) {
    box.reset()
    boxes.withLock { if $0.count < limit { $0.append(box) } }
  }
}

/// Where an envelope's parts are, by name, because connectors add parts of their own.
struct EnvelopeLayout: Sendable {
  let before: Int?
  let after: Int?
  let source: Int
  let transaction: Int?
  let op: Int
  let milliseconds: Int?
  let microseconds: Int?

  /// nil for a schema that is not an envelope of a change or message: those have an operation and a source.
  init?(_ schema: Schema) {
    guard let op = schema.index(of: "op"), let source = schema.index(of: "source") else { return nil }
    self.op = op
    self.source = source
    before = schema.index(of: "before")
    after = schema.index(of: "after")
    transaction = schema.index(of: "transaction")
    milliseconds = schema.index(of: "ts_ms")
    microseconds = schema.index(of: "ts_us")
  }
}
