internal import CRdKafka
internal import MillraceCore

/// Converts the records of a batch and hands them to the producer, which copies them.
struct MessageEncoder: ~Copyable {
  struct Outcome {
    /// The index of the record to go on with.
    let next: Int
    /// Whether the producer's queue took no more.
    let isFull: Bool
  }

  private let converters: RecordConverters
  private var bytes = ByteArena(capacity: 64 * 1024)
  /// The topics of the batch at hand.
  private var topics: [OpaquePointer] = []
  private var generation: UInt64 = 0
  /// Headers of the run below, copied for each record that has the same.
  private var headers = KafkaHeaders()
  private var headersFirst: UInt32 = 0
  private var headersCount: UInt32 = 0

  init(_ converters: RecordConverters) { self.converters = converters }

  /// Hands over the records from index `first` on. What was handed over is counted under `sequence` also where it throws.
  mutating func produce(
    _ batch: borrowing RecordBatch, from first: Int, sequence: UInt64, to handle: KafkaHandle, counting poller: DeliveryPoller
  ) throws(MillraceError) -> Outcome {
    var index = first
    var handed = 0
    var isComplete = false
    defer { poller.add(handed, to: sequence, isComplete: isComplete) }
    try prepare(batch, handle)
    let count = batch.records.count
    while index < count {
      let record = batch.records[index]
      if !record.isDropped {
        let code: rd_kafka_resp_err_t
        do throws(MillraceError) {
          code = try produce(record, of: batch, sequence: sequence, to: handle)
        } catch {
          var error = error
          error.record = index
          throw error
        }
        if code == RD_KAFKA_RESP_ERR__QUEUE_FULL { return Outcome(next: index, isFull: true) }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
          var failure = KafkaFailure.error(code, topic: batch.topics[Int(record.topic)])
          // What is wrong with the producer is no fault of the record that met it.
          if failure.retry == .record { failure.record = index }
          throw failure
        }
        handed += 1
      }
      index += 1
    }
    isComplete = true
    return Outcome(next: index, isFull: false)
  }

  private mutating func prepare(_ batch: borrowing RecordBatch, _ handle: KafkaHandle) throws(MillraceError) {
    if generation == batch.generation && topics.count == batch.topics.count { return }
    topics.removeAll(keepingCapacity: true)
    for name in batch.topics { topics.append(try handle.topic(name)) }
    headersCount = 0
    generation = batch.generation
  }

  private mutating func produce(
    _ record: Record, of batch: borrowing RecordBatch, sequence: UInt64, to handle: KafkaHandle
  ) throws(MillraceError) -> rd_kafka_resp_err_t {
    bytes.removeAll(keeping: 1 << 20)
    let hasKey = try converters.key.convert(record.key, schema: record.keySchema, topic: record.topic, of: batch, into: &bytes)
    let keyLength = bytes.count
    let hasValue = try converters.value.convert(
      record.value, schema: record.valueSchema, topic: record.topic, of: batch, into: &bytes)
    if record.headerCount > 0, record.headerCount != headersCount || record.firstHeader != headersFirst {
      try renderHeaders(record, of: batch)
    }
    let headers = record.headerCount > 0 ? self.headers.duplicate() : nil
    let topic = topics[Int(record.topic)]
    let code = bytes.withBytes { bytes in
      millrace_produce(
        handle.pointer, topic, record.partition, hasKey ? bytes.baseAddress : nil, hasKey ? keyLength : 0,
        hasValue ? bytes.baseAddress.map { $0 + keyLength } : nil, hasValue ? bytes.count - keyLength : 0, max(0, record.timestamp),
        headers, UnsafeMutableRawPointer(bitPattern: UInt(sequence)))
    }
    if code != RD_KAFKA_RESP_ERR_NO_ERROR, let headers { rd_kafka_headers_destroy(headers) }
    return code
  }

  private mutating func renderHeaders(_ record: Record, of batch: borrowing RecordBatch) throws(MillraceError) {
    headersCount = 0
    headers = KafkaHeaders()
    let start = bytes.count
    for index in 0..<Int(record.headerCount) {
      let header = batch.headers[Int(record.firstHeader) + index]
      let name = batch.headerNames[Int(header.name)]
      if header.isMade(in: batch) {
        batch.arena.withBytes(at: header.value.offset, length: header.value.count) { headers.add(name, $0) }
        continue
      }
      let isThere = try converters.header.convert(
        header.value, schema: header.schema, topic: record.topic, of: batch, into: &bytes)
      bytes.withBytes(at: start, length: bytes.count - start) { headers.add(name, isThere ? $0 : nil) }
      bytes.truncate(to: start)
    }
    headersFirst = record.firstHeader
    headersCount = record.headerCount
  }
}

/// Owns a list of headers.
struct KafkaHeaders: ~Copyable {
  private let pointer: OpaquePointer
  init() { pointer = rd_kafka_headers_new(4) }
  deinit { rd_kafka_headers_destroy(pointer) }

  /// Copies name and value; nil is Kafka's null.
  func add(_ name: String, _ value: UnsafeRawBufferPointer?) {
    _ = rd_kafka_header_add(pointer, name, -1, value?.baseAddress, value?.count ?? 0)
  }

  /// A copy that the caller must hand on or destroy.
  func duplicate() -> OpaquePointer? { rd_kafka_headers_copy(pointer) }
}
