internal import MillraceCore

/// Renders records as lines of JSON:
/// `{"topic":…,"partition":…,"key":…,"value":…,"headers":[{"key":…,"value":…}]}`.
///
/// JSON from a converter stands as it is, text as a JSON string, other bytes as `{"base64":…}`, nothing as `null`. Converters
/// write straight into the output; what repeats (a topic's beginning, equal runs of headers) is rendered once and copied.
/// Or a line is the value alone, JSON or text as its converter made it; a record without value has none then.
struct LineEncoder: ~Copyable {
  private let key: any Converter
  private let value: any Converter
  private let header: any Converter
  private let keyForm: ConvertedForm
  private let valueForm: ConvertedForm
  private let headerForm: ConvertedForm
  private let isValueAlone: Bool

  /// The lines so far; the owner takes them and empties it.
  var output = ByteArena(capacity: 64 * 1024)

  /// The beginnings of lines, one for each topic of the batch: `{"topic":"…","partition":`.
  private var prefixes = ByteArena(capacity: 1024)
  private var prefixEnds = Buffer<Int>(capacity: 16)
  private var generation: UInt64 = 0
  /// The end of a line, `,"headers":[…]}` and a line feed, for the run of headers below.
  private var suffix = ByteArena(capacity: 1024)
  private var suffixFirst: UInt32 = 0
  private var suffixCount: UInt32 = .max
  /// Where text and binary forms are converted before they are escaped.
  private var scratch = ByteArena(capacity: 1024)

  init(_ converters: RecordConverters, valueAlone: Bool = false) {
    isValueAlone = valueAlone
    key = converters.key
    value = converters.value
    header = converters.header
    keyForm = converters.key.form
    valueForm = converters.value.form
    headerForm = converters.header.form
  }

  /// Appends lines for the records of `batch` from index `first` on, those that are dropped left out, until `output` holds
  /// `limit` bytes or the batch is at its end; answers the index of the next record.
  mutating func encode(_ batch: borrowing RecordBatch, from first: Int, limit: Int) throws(MillraceError) -> Int {
    if generation != batch.generation { begin(batch) }
    var index = first
    let count = batch.records.count
    while index < count && output.count < limit {
      let record = batch.records[index]
      index &+= 1
      if record.isDropped { continue }
      let lineStart = output.count
      do throws(MillraceError) {
        if isValueAlone { try appendValue(record, of: batch) } else { try append(record, of: batch) }
      } catch {
        output.truncate(to: lineStart)
        var error = error
        error.record = index - 1
        throw error
      }
    }
    return index
  }

  /// Forgets what belonged to the batch before.
  private mutating func begin(_ batch: borrowing RecordBatch) {
    generation = batch.generation
    suffixCount = .max
    prefixes.truncate(to: 0)
    prefixEnds.truncate(to: 0)
    for topic in batch.topics {
      prefixes.append("{\"topic\":" as StaticString)
      prefixes.append(jsonText: topic)
      prefixes.append(",\"partition\":" as StaticString)
      prefixEnds.append(prefixes.count)
    }
  }

  private mutating func append(_ record: Record, of batch: borrowing RecordBatch) throws(MillraceError) {
    let topic = Int(record.topic)
    // A transform may have added topics since the batch was first seen.
    if topic >= prefixEnds.count { begin(batch) }
    let start = topic == 0 ? 0 : prefixEnds[topic - 1]
    Self.append(prefixes, from: start, length: prefixEnds[topic] - start, to: &output)
    if record.partition < 0 {
      output.append("null,\"key\":" as StaticString)
    } else {
      output.append(decimal: Int64(record.partition))
      output.append(",\"key\":" as StaticString)
    }
    try append(record.key, schema: record.keySchema, topic: record.topic, of: batch, by: key, form: keyForm)
    output.append(",\"value\":" as StaticString)
    try append(record.value, schema: record.valueSchema, topic: record.topic, of: batch, by: value, form: valueForm)
    if record.headerCount != suffixCount || (record.firstHeader != suffixFirst && suffixCount != 0) {
      try renderSuffix(record, of: batch)
    }
    Self.append(suffix, from: 0, length: suffix.count, to: &output)
  }

  private mutating func appendValue(_ record: Record, of batch: borrowing RecordBatch) throws(MillraceError) {
    if record.value.isNull { return }
    let start = output.count
    let converter = value
    let hasBytes = try converter.convert(record.value, schema: record.valueSchema, topic: record.topic, of: batch, into: &output)
    if !hasBytes { return }
    if case .json = valueForm {} else if output.withBytes(at: start, length: output.count - start, { $0.contains(0x0A) }) {
      throw MillraceError(
        code: "file.line", component: "file", retry: .record, message: "the value holds a line feed, so it is no line",
        advice: "write JSON, or set sink.file.lines=record", subject: batch.topics[Int(record.topic)])
    }
    output.append(UInt8(ascii: "\n"))
  }

  private mutating func append(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, by converter: any Converter, form: ConvertedForm
  ) throws(MillraceError) {
    if case .json = form {
      if try !converter.convert(slot, schema: schema, topic: topic, of: batch, into: &output) {
        output.append("null" as StaticString)
      }
      return
    }
    scratch.truncate(to: 0)
    if try !converter.convert(slot, schema: schema, topic: topic, of: batch, into: &scratch) {
      output.append("null" as StaticString)
    } else if case .text = form {
      Self.append(text: scratch, to: &output)
    } else {
      Self.append(base64: scratch, to: &output)
    }
  }

  private mutating func renderSuffix(_ record: Record, of batch: borrowing RecordBatch) throws(MillraceError) {
    suffixCount = .max
    suffix.truncate(to: 0)
    suffix.append(",\"headers\":[" as StaticString)
    for index in 0..<Int(record.headerCount) {
      let header = batch.headers[Int(record.firstHeader) + index]
      if index > 0 { suffix.append(UInt8(ascii: ",")) }
      suffix.append("{\"key\":" as StaticString)
      suffix.append(jsonText: batch.headerNames[Int(header.name)])
      suffix.append(",\"value\":" as StaticString)
      scratch.truncate(to: 0)
      let converter = self.header
      if header.isMade(in: batch) {
        batch.arena.withBytes(at: header.value.offset, length: header.value.count) { scratch.append($0) }
        Self.append(base64: scratch, to: &suffix)
      } else if try !converter.convert(header.value, schema: header.schema, topic: record.topic, of: batch, into: &scratch) {
        suffix.append("null" as StaticString)
      } else if case .json = headerForm {
        Self.append(scratch, from: 0, length: scratch.count, to: &suffix)
      } else if case .text = headerForm {
        Self.append(text: scratch, to: &suffix)
      } else {
        // As the reference: a header's bytes are read as UTF-8, whatever they are.
        suffix.append(jsonText: scratch.withBytes { String(decoding: $0, as: UTF8.self) })
      }
      suffix.append(UInt8(ascii: "}"))
    }
    suffix.append("]}\n" as StaticString)
    suffixFirst = record.firstHeader
    suffixCount = record.headerCount
  }

  @inline(__always)
  private static func append(_ source: borrowing ByteArena, from offset: Int, length: Int, to output: inout ByteArena) {
    source.withBytes(at: offset, length: length) { output.append($0) }
  }

  private static func append(text: borrowing ByteArena, to output: inout ByteArena) {
    text.withBytes { output.append(jsonText: $0) }
  }

  private static func append(base64 source: borrowing ByteArena, to output: inout ByteArena) {
    output.append("{\"base64\":\"" as StaticString)
    source.withBytes { output.append(base64: $0) }
    output.append("\"}" as StaticString)
  }
}
