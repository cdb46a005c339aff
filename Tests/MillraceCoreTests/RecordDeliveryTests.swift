import Synchronization
import Testing

@testable import MillraceCore

/// Moves each record to the topic `done`, one after the other; fails on the rows that it is told.
private final class PickyTransform: Transform {
  private let failures: Mutex<[Int64: (times: Int, retry: MillraceError.Retry)]>
  init(_ failures: [Int64: (times: Int, retry: MillraceError.Retry)]) { self.failures = Mutex(failures) }

  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    let topic = batch.intern(topic: "done")
    for index in 0..<batch.records.count where selection.contains(index) && !batch.records[index].isDropped {
      let row = batch.records[index].key.integer
      let failure = failures.withLock { failures -> MillraceError.Retry? in
        guard let failure = failures[row], failure.times > 0 else { return nil }
        failures[row]?.times -= 1
        return failure.retry
      }
      if let failure { throw .test("transform.failed", failure) }
      // Applied twice it shows.
      batch.records[index].topic = batch.records[index].topic == topic ? batch.intern(topic: "twice") : topic
    }
  }
}

/// Writes a number or a text as it is; fails on the numbers that it is told, so many times.
private final class PickyConverter: Converter {
  let form: ConvertedForm
  private let failures: Mutex<[Int64: (times: Int, retry: MillraceError.Retry)]>

  init(_ failures: [Int64: (times: Int, retry: MillraceError.Retry)] = [:], form: ConvertedForm = .text) {
    self.form = form
    self.failures = Mutex(failures)
  }

  func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    switch slot.kind {
    case .integer:
      let failure = failures.withLock { failures -> MillraceError.Retry? in
        guard let failure = failures[slot.integer], failure.times > 0 else { return nil }
        failures[slot.integer]?.times -= 1
        return failure.retry
      }
      if let failure { throw .test("converter.failed", failure) }
      output.append(decimal: slot.integer)
    case .text: output.append(batch.string(slot))
    case .bytes: output.append("bytes" as StaticString)
    default: output.append("row" as StaticString)
    }
    return true
  }
}

/// Converts what it is given and keeps it as text; the rows of `refused` are too large for it.
private final class KeepingSink: Sink {
  private let converters: RecordConverters
  private let refused: Set<Int64>
  private let kept = Mutex<(lines: [String], writes: Int, sequence: UInt64)>(([], 0, 0))

  init(_ converters: RecordConverters, refused: Set<Int64> = []) {
    self.converters = converters
    self.refused = refused
  }

  var lines: [String] { kept.withLock { $0.lines } }
  var writes: Int { kept.withLock { $0.writes } }
  func check() async -> [Finding] { [] }
  func start(_ context: SinkContext) async throws(MillraceError) {}
  func close() async {}
  func flush(waiting: Bool) async throws(MillraceError) -> UInt64 { kept.withLock { $0.sequence } }

  func write(_ box: BatchBox) async throws(MillraceError) {
    kept.withLock { $0.writes += 1 }
    for index in 0..<box.batch.records.count where !box.batch.records[index].isDropped {
      do throws(MillraceError) {
        let line = try render(box.batch.records[index], of: box.batch)
        kept.withLock { $0.lines.append(line) }
      } catch {
        var error = error
        error.record = index
        throw error
      }
    }
    kept.withLock { $0.sequence = box.sequence }
  }

  private func render(_ record: Record, of batch: borrowing RecordBatch) throws(MillraceError) -> String {
    if record.value.kind == .structure, refused.contains(record.key.integer) { throw .test("sink.too-large", .record) }
    var bytes = ByteArena(capacity: 64)
    bytes.append("\(batch.topics[Int(record.topic)]) ")
    _ = try converters.key.convert(record.key, schema: record.keySchema, topic: record.topic, of: batch, into: &bytes)
    bytes.append("=" as StaticString)
    _ = try converters.value.convert(record.value, schema: record.valueSchema, topic: record.topic, of: batch, into: &bytes)
    for index in 0..<Int(record.headerCount) {
      let header = batch.headers[Int(record.firstHeader) + index]
      bytes.append(" \(batch.headerNames[Int(header.name)])=")
      _ = try converters.header.convert(header.value, schema: header.schema, topic: record.topic, of: batch, into: &bytes)
    }
    return bytes.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}

struct RecordDeliveryTests {
  private func box(_ rows: ClosedRange<Int64>) -> BatchBox {
    let box = BatchBox(capacity: 1024)
    for row in rows { box.append(row: row) }
    return box
  }

  private func policy(_ change: (inout FaultPolicy) -> Void = { _ in }) -> FaultPolicy {
    var policy = FaultPolicy()
    policy.isTolerant = true
    policy.longestPause = .milliseconds(1)
    policy.deadLetterConverter = PickyConverter()
    change(&policy)
    return policy
  }

  /// Delivers rows 1 to 5 in one batch; answers what the sink has, the faults that were counted and the error.
  private func deliver(
    _ policy: FaultPolicy, transform: PickyTransform? = nil, key: PickyConverter = PickyConverter(), refused: Set<Int64> = []
  ) async -> (lines: [String], faults: UInt64, writes: Int, error: MillraceError?) {
    let plain = PickyConverter()
    let converters = RecordConverters(key: key, value: plain, header: plain)
    let sink = KeepingSink(converters, refused: refused)
    let delivery = RecordDelivery(
      transforms: transform.map { [$0] } ?? [], converters: converters, sink: sink, policy: policy, log: .none)
    let box = box(1...5)
    do throws(MillraceError) {
      try await delivery.transform(box)
      try await delivery.write(box)
      return (sink.lines, delivery.faults, sink.writes, nil)
    } catch {
      return (sink.lines, delivery.faults, sink.writes, error)
    }
  }

  @Test func withoutToleranceTheFirstRecordAtFaultEndsTheRun() async {
    let byTransform = await deliver(FaultPolicy(), transform: PickyTransform([3: (.max, .record)]))
    #expect(byTransform.error?.code == "transform.failed")
    #expect(byTransform.lines.isEmpty)
    let byConverter = await deliver(FaultPolicy(), key: PickyConverter([3: (.max, .record)]))
    #expect(byConverter.error?.code == "converter.failed")
    #expect(byConverter.lines == ["t 1=row", "t 2=row"])
  }

  @Test func aRecordThatATransformFailsOnIsLeftOutAndTheOthersAreTransformedOnce() async {
    let seen = await deliver(policy(), transform: PickyTransform([2: (.max, .record), 4: (.max, .record)]))
    #expect(seen.error == nil)
    #expect(seen.lines == ["done 1=row", "done 3=row", "done 5=row"])
    #expect(seen.faults == 2)
  }

  @Test func aDeadLetterStandsInTheOrderAsItWasBeforeTheTransforms() async {
    let seen = await deliver(policy { $0.deadLetterTopic = "dead" }, transform: PickyTransform([2: (.max, .record)]))
    #expect(seen.lines == ["done 1=row", "dead 2=row", "done 3=row", "done 4=row", "done 5=row"])
    #expect(seen.faults == 1)
  }

  @Test func aDeadLetterSaysWhatWasWrong() async {
    let policy = policy {
      $0.deadLetterTopic = "dead"
      $0.hasContextHeaders = true
      $0.name = "shop"
    }
    let seen = await deliver(policy, transform: PickyTransform([2: (.max, .record)]))
    #expect(
      seen.lines[1]
        == "dead 2=row __connect.errors.topic=t __connect.errors.connector.name=shop __connect.errors.task.id=0"
        + " __connect.errors.stage=TRANSFORMATION __connect.errors.class.name=test"
        + " __connect.errors.exception.class.name=transform.failed __connect.errors.exception.message=\(MillraceError.test("", .record).message)")
  }

  @Test func whatCannotBeConvertedIsRenderedAsText() async {
    let policy = policy {
      $0.deadLetterTopic = "dead"
      $0.hasContextHeaders = true
    }
    let seen = await deliver(policy, key: PickyConverter([1: (.max, .record), 5: (.max, .record)]))
    #expect(seen.error == nil)
    #expect(seen.lines.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == ["dead 1=row", "t 2=row", "t 3=row", "t 4=row", "dead 5=row"])
    #expect(seen.lines[0].contains("__connect.errors.stage=KEY_CONVERTER"))
    // One write in the good case, one more for each record at fault: what was taken is not taken twice.
    #expect(seen.writes == 3)
    let binary = await deliver(policy, key: PickyConverter([1: (.max, .record)], form: .binary))
    #expect(binary.lines[0].hasPrefix("dead bytes=row"))
  }

  @Test func aRecordThatTheSinkRefusesLosesItsValueInTheLetter() async {
    let policy = policy {
      $0.deadLetterTopic = "dead"
      $0.hasContextHeaders = true
    }
    let seen = await deliver(policy, refused: [3])
    #expect(seen.error == nil)
    #expect(seen.lines.count == 5)
    #expect(seen.lines[2].hasPrefix("dead 3=the sink refused the value "))
    #expect(seen.lines[2].contains("__connect.errors.stage=TASK_PUT"))
    #expect(await deliver(FaultPolicy(), refused: [3]).error?.code == "sink.too-large")
  }

  @Test func whatFailsForAWhileIsTriedAgainWithinTheTimeout() async {
    let patient = policy {
      $0.isTolerant = false
      $0.retryTimeout = nil
    }
    let byTransform = await deliver(patient, transform: PickyTransform([3: (4, .retry)]))
    #expect(byTransform.lines == (1...5).map { "done \($0)=row" })
    let byConverter = await deliver(patient, key: PickyConverter([2: (1, .retry), 3: (3, .retry)]))
    #expect(byConverter.lines == (1...5).map { "t \($0)=row" })
    #expect(byConverter.faults == 0)
  }

  @Test func whatFailsForAWhileIsNoRecordAtFault() async {
    let seen = await deliver(policy(), transform: PickyTransform([3: (.max, .retry)]))
    #expect(seen.error?.retry == .retry)
    #expect(seen.faults == 0)
    #expect(await deliver(policy { $0.retryTimeout = .milliseconds(20) }, key: PickyConverter([3: (.max, .retry)])).error?.retry == .retry)
  }

  @Test func anErrorThatStopsIsNotTolerated() async {
    #expect(await deliver(policy(), transform: PickyTransform([3: (1, .stop)])).error?.retry == .stop)
    #expect(await deliver(policy(), key: PickyConverter([3: (1, .stop)])).error?.retry == .stop)
  }

  @Test func theRunGoesOnAndItsPositionsAreStored() async {
    let journal = Journal()
    let plain = PickyConverter()
    let converters = RecordConverters(key: PickyConverter([4: (.max, .record)]), value: plain, header: plain)
    let sink = KeepingSink(converters)
    var options = Pipeline.Options()
    options.flushInterval = .zero
    options.faults = policy { $0.deadLetterTopic = "dead" }
    let pipeline = Pipeline(
      connector: ScriptedConnector(.init(rows: 7, batch: 2), journal), transforms: [PickyTransform([3: (.max, .record)])],
      converters: converters, sink: sink, store: JournalStore(journal), options: options, log: .none)
    await #expect(throws: Never.self) { try await pipeline.run() }
    #expect(sink.lines == ["done 1=row", "done 2=row", "dead 3=row", "dead 4=row", "done 5=row", "done 6=row", "done 7=row"])
    #expect(journal.stored.last == 7)
    #expect(pipeline.progress.faults == 2)
  }

  @Test func theSettingsAreKafkaConnects() {
    var configuration = Configuration([
      "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dead", "errors.deadletterqueue.context.headers.enable": "true",
      "errors.retry.timeout": "-1", "errors.retry.delay.max.ms": "100", "errors.log.enable": "true",
    ])
    let policy = FaultPolicy(&configuration, name: "shop")
    #expect(configuration.findings.isEmpty)
    #expect(policy.isTolerant && policy.hasContextHeaders && policy.logsEach)
    #expect(policy.deadLetterTopic == "dead")
    #expect(policy.retryTimeout == nil)
    #expect(policy.longestPause == .milliseconds(100))
    var none = Configuration([:])
    #expect(!FaultPolicy(&none, name: "").isActive)
  }

  @Test(arguments: [
    (["errors.tolerance": "some"], Finding.Severity.error), (["errors.deadletterqueue.topic.name": "a b", "errors.tolerance": "all"], .error),
    (["errors.deadletterqueue.topic.name": "dead"], .warning), (["errors.tolerance": "all"], .warning),
  ])
  func whatDoesNotGoTogetherIsFound(_ values: [String: String], _ severity: Finding.Severity) {
    var configuration = Configuration(values)
    _ = FaultPolicy(&configuration, name: "")
    #expect(configuration.findings.map(\.severity) == [severity])
  }
}
