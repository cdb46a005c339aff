/// Takes batches through the transforms and into the sink, and decides about a record that one of them fails on.
///
/// In the good case a batch is transformed and written as a whole. Where a transform fails, the batch is put back as it was and
/// gone through record by record; where the sink fails on one record, it says on which. A record at fault becomes a dead letter
/// at its place, or is left out, or ends the run, as `FaultPolicy` says (Invariant 3).
struct RecordDelivery {
  private let transforms: [any Transform]
  private let converters: RecordConverters
  private let sink: any Sink
  private let policy: FaultPolicy
  private let log: FaultLog
  /// Those of the converters that have to be asked before a batch is written.
  private let preparing: [(converter: any PreparingConverter, part: RecordPart)]

  init(transforms: [any Transform], converters: RecordConverters, sink: any Sink, policy: FaultPolicy, log: Log) {
    self.transforms = transforms
    self.converters = converters
    self.sink = sink
    self.policy = policy
    self.log = FaultLog(log, each: policy.logsEach)
    preparing = [(converters.key, RecordPart.key), (converters.value, .value)].compactMap { converter, part in
      (converter as? any PreparingConverter).map { ($0, part) }
    }
  }

  /// Records at fault so far.
  var faults: UInt64 { log.count }

  // MARK: transforms

  func transform(_ box: BatchBox) async throws(MillraceError) {
    guard policy.isActive, !transforms.isEmpty else {
      for transform in transforms { try transform.apply(to: &box.batch, where: Selection()) }
      return
    }
    // A transform changes records in place and only adds slots and bytes: the records are all there is to put back.
    let before = (0..<box.batch.records.count).map { box.batch.records[$0] }
    do throws(MillraceError) {
      return try await apply(to: box, before, only: nil)
    } catch {
      guard error.retry == .record, policy.isTolerant else { throw error }
    }
    putBack(before, in: box)
    for index in before.indices where !before[index].isDropped {
      do throws(MillraceError) {
        try await apply(to: box, before, only: index)
      } catch {
        guard error.retry == .record else { throw error }
        box.batch.records[index] = before[index]
        replace(index, in: box, because: error, stage: "TRANSFORMATION")
      }
    }
  }

  /// Applies the transforms to all records, or to one; again while they fail for a while and there is time.
  private func apply(to box: BatchBox, _ before: [Record], only index: Int?) async throws(MillraceError) {
    var retries = Retries(policy)
    while true {
      do throws(MillraceError) {
        for transform in transforms {
          guard let index else {
            try transform.apply(to: &box.batch, where: Selection())
            continue
          }
          if box.batch.records[index].isDropped { return }
          var chosen = [Bool](repeating: false, count: box.batch.records.count)
          chosen[index] = true
          try transform.apply(to: &box.batch, where: Selection(chosen))
        }
        return
      } catch {
        guard await retries.pause(after: error) else { throw error }
        if let index { box.batch.records[index] = before[index] } else { putBack(before, in: box) }
      }
    }
  }

  private func putBack(_ before: [Record], in box: BatchBox) {
    for index in before.indices { box.batch.records[index] = before[index] }
  }

  // MARK: sink

  func write(_ box: BatchBox) async throws(MillraceError) {
    var retries = Retries(policy)
    var replaced = -1
    while true {
      do throws(MillraceError) {
        for (converter, part) in preparing { try await converter.prepare(box, part) }
      } catch {
        guard await retries.pause(after: error) else { throw error }
        continue
      }
      do throws(MillraceError) {
        return try await sink.write(box)
      } catch {
        guard policy.isActive, let index = error.record, index < box.batch.records.count else { throw error }
        // What is before it was taken.
        for taken in 0..<index { box.batch.records[taken].isDropped = true }
        if error.retry == .record, policy.isTolerant, index > replaced {
          replaced = index
          replace(index, in: box, because: error, stage: nil)
          retries = Retries(policy)
        } else if await !retries.pause(after: error) {
          throw error
        }
      }
    }
  }

  // MARK: records at fault

  /// Makes a dead letter of the record, or leaves it out.
  /// - Parameter stage: in Kafka Connect's words; nil: a converter, or the sink itself.
  private func replace(_ index: Int, in box: BatchBox, because error: MillraceError, stage: String?) {
    let record = box.batch.records[index]
    let origin = box.batch.topics.indices.contains(Int(record.topic)) ? box.batch.topics[Int(record.topic)] : ""
    log.report(
      policy.deadLetterTopic == nil ? "a record at fault is left out" : "a record at fault goes to the dead-letter topic", error,
      topic: origin)
    guard let topic = policy.deadLetterTopic else {
      box.batch.records[index].isDropped = true
      return
    }
    var letter = record
    let failing = stage ?? makeConvertible(&letter, in: box)
    letter.topic = box.batch.intern(topic: topic)
    letter.partition = -1
    letter.isDropped = false
    appendHeaders(to: &letter, from: record, in: box, origin: origin, stage: failing, error)
    box.batch.records[index] = letter
  }

  /// Finds out what cannot be converted, and puts text in its place; answers the stage.
  private func makeConvertible(_ letter: inout Record, in box: BatchBox) -> String {
    var stage: String?
    if !converts(letter.key, letter.keySchema, letter.topic, box, converters.key) {
      (letter.key, letter.keySchema) = rendered(letter.key, letter.keySchema, letter.topic, in: box, for: converters.key)
      stage = "KEY_CONVERTER"
    }
    if !converts(letter.value, letter.valueSchema, letter.topic, box, converters.value) {
      (letter.value, letter.valueSchema) = rendered(letter.value, letter.valueSchema, letter.topic, in: box, for: converters.value)
      stage = stage ?? "VALUE_CONVERTER"
    }
    for index in 0..<Int(letter.headerCount) {
      let header = box.batch.headers[Int(letter.firstHeader) + index]
      if !converts(header.value, header.schema, letter.topic, box, converters.header) {
        letter.headerCount = 0
        return stage ?? "HEADER_CONVERTER"
      }
    }
    if let stage { return stage }
    // Everything can be converted: the sink does not want it, for its size as a rule.
    (letter.value, letter.valueSchema) = text("the sink refused the value", in: box, for: converters.value)
    return "TASK_PUT"
  }

  private func converts(_ slot: Slot, _ schema: UInt32, _ topic: UInt32, _ box: BatchBox, _ converter: any Converter) -> Bool {
    var scratch = ByteArena(capacity: 1024)
    return (try? converter.convert(slot, schema: schema, topic: topic, of: box.batch, into: &scratch)) != nil
  }

  private func rendered(
    _ slot: Slot, _ schema: UInt32, _ topic: UInt32, in box: BatchBox, for converter: any Converter
  ) -> (Slot, UInt32) {
    var scratch = ByteArena(capacity: 1024)
    let isThere = try? policy.deadLetterConverter?.convert(slot, schema: schema, topic: topic, of: box.batch, into: &scratch)
    guard isThere == true else { return text("the value cannot be shown", in: box, for: converter) }
    return text(scratch.withBytes { String(decoding: $0, as: UTF8.self) }, in: box, for: converter)
  }

  /// A text, or its bytes where the converter makes neither JSON nor text.
  private func text(_ text: String, in box: BatchBox, for converter: any Converter) -> (Slot, UInt32) {
    if case .binary = converter.form {
      return (Array(text.utf8).withUnsafeBytes { box.batch.bytes($0) }, box.batch.intern(schema: .bytes))
    }
    return (box.batch.text(text), box.batch.intern(schema: .string))
  }

  /// The record's own headers behind those that say what was wrong (org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter).
  private func appendHeaders(
    to letter: inout Record, from record: Record, in box: BatchBox, origin: String, stage: String, _ error: MillraceError
  ) {
    guard policy.hasContextHeaders else { return }
    let first = UInt32(box.batch.headers.count)
    let schema = box.batch.intern(schema: .string)
    let subject = error.subject.map { " [\($0)]" } ?? ""
    for (kind, value) in [
      ("topic", origin), ("connector.name", policy.name), ("task.id", "0"), ("stage", stage), ("class.name", error.component),
      ("exception.class.name", error.code), ("exception.message", error.message + subject),
    ] {
      let text = box.batch.text(value), name = box.batch.intern(headerName: "__connect.errors.\(kind)")
      box.batch.headers.append(Header(name: name, schema: schema, value: text))
    }
    for index in 0..<letter.headerCount {
      let header = box.batch.headers[Int(record.firstHeader + index)]
      box.batch.headers.append(header)
    }
    letter.firstHeader = first
    letter.headerCount = UInt32(box.batch.headers.count) - first
  }
}

/// Tries again after pauses that double (org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator).
private struct Retries {
  private let timeout: Duration?
  /// Counts from the first failure; nil before it, or without end.
  private var deadline: ContinuousClock.Instant?
  private let policy: RetryPolicy
  private var count = 0

  init(_ faults: FaultPolicy) {
    timeout = faults.retryTimeout
    policy = RetryPolicy(maximum: faults.longestPause)
  }

  /// Waits, and answers true, where `error` may pass by itself and there is time left.
  mutating func pause(after error: MillraceError) async -> Bool {
    guard error.retry == .retry, timeout != .zero else { return false }
    if deadline == nil, let timeout { deadline = .now + timeout }
    if let deadline, ContinuousClock.now >= deadline { return false }
    count += 1
    guard var pause = policy.pause(before: count, jitter: .random(in: 0...1)) else { return false }
    if let deadline { pause = min(pause, max(.zero, ContinuousClock.now.duration(to: deadline))) }
    return (try? await Task.sleep(for: pause)) != nil
  }
}
