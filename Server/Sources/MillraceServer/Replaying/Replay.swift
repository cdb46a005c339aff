internal import MillraceCore

/// Delivers the records of a file to a sink, in their order.
struct Replay: Sendable {
  private let path: String
  private let forms: RepairedRecord.Forms
  private let deadLetterTopic: String?
  /// Records of one batch.
  private static let most = 1024

  init(path: String, converters: RecordConverters, deadLetterTopic: String?) {
    self.path = path
    forms = RepairedRecord.Forms(key: converters.key.form, value: converters.value.form, header: converters.header.form)
    self.deadLetterTopic = deadLetterTopic
  }

  /// What is wrong with the first line that cannot be delivered.
  func check() -> Finding? {
    guard let lines = RecordLines(path) else {
      return Finding(key: path, problem: "cannot be read", advice: "name a file of records, one a line")
    }
    var number = 0
    while let line = lines.next() {
      number += 1
      do throws(RepairedRecord.Invalid) {
        if !line.trimmed.isEmpty { _ = try RepairedRecord(line, forms, deadLetterTopic: deadLetterTopic) }
      } catch {
        return Finding(key: "\(path):\(number)", problem: error.problem, advice: error.advice)
      }
    }
    return nil
  }

  /// Answers how many records are durable.
  func run(into sink: any Sink, log: Log) async throws(MillraceError) -> UInt64 {
    let converters = RecordConverters(
      key: BytesAsTheyAre(forms.key), value: BytesAsTheyAre(forms.value), header: BytesAsTheyAre(forms.header))
    do throws(MillraceError) {
      try await sink.start(SinkContext(converters: converters, log: log))
      let count = try await deliver(to: sink)
      _ = try await sink.flush(waiting: true)
      await sink.close()
      return count
    } catch {
      await sink.close()
      throw error
    }
  }

  private func deliver(to sink: any Sink) async throws(MillraceError) -> UInt64 {
    guard let lines = RecordLines(path) else { throw gone() }
    let box = BatchBox()
    var count: UInt64 = 0, sequence: UInt64 = 0
    while true {
      let line = lines.next()
      if let line, !line.trimmed.isEmpty {
        guard let record = try? RepairedRecord(line, forms, deadLetterTopic: deadLetterTopic) else { throw gone() }
        count += 1
        record.append(to: &box.batch, number: count)
      }
      guard box.batch.records.count >= Replay.most || line == nil else { continue }
      if box.batch.records.count > 0 {
        sequence += 1
        box.sequence = sequence
        try await sink.write(box)
        box.reset()
      }
      if line == nil { return count }
    }
  }

  private func gone() -> MillraceError {
    MillraceError(
      code: "replay.file", component: "replay", retry: .stop, message: "the file was changed while it was replayed",
      advice: "replay what is not delivered yet of a file that nobody writes to", subject: path)
  }
}
