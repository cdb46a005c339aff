internal import MillraceCore

/// One line of a file of records, as the file sink writes it, ready to be delivered: the bytes of key, value and headers.
///
/// A dead letter with context headers goes to the topic that it was meant for, without those headers.
struct RepairedRecord: Equatable {
  let topic: String
  let partition: Int32
  let key: [UInt8]?
  let value: [UInt8]?
  let headers: [(name: String, value: [UInt8]?)]

  /// Why a line cannot be delivered.
  struct Invalid: Error, Equatable {
    let problem: String
    let advice: String
  }

  /// What the bytes of the parts are, by the run's converters.
  struct Forms: Sendable {
    let key, value, header: ConvertedForm
  }

  /// - Parameter deadLetterTopic: no record may stay there.
  init(_ line: String, _ forms: Forms, deadLetterTopic: String?) throws(Invalid) {
    let record: JSONValue
    do throws(JSONError) { record = try JSONValue(parsing: line) } catch {
      throw Invalid(problem: "is not JSON: \(error.problem)", advice: "write one record a line, as the file sink does")
    }
    guard let own = record["topic"]?.string, let key = record["key"], let value = record["value"] else {
      throw Invalid(problem: "lacks topic, key or value", advice: "write records with their topic, not values alone")
    }
    var topic = own
    var headers: [(name: String, value: [UInt8]?)] = []
    for header in record["headers"]?.elements ?? [] {
      guard let name = header["key"]?.string, let content = header["value"] else {
        throw Invalid(problem: "has a header without key or value", advice: "write {\"key\":…,\"value\":…}")
      }
      if name == "__connect.errors.topic", let text = content.string ?? content["payload"]?.string { topic = text }
      if name.hasPrefix("__connect.errors.") { continue }
      headers.append((name, try RepairedRecord.bytes(content, forms.header, "a header", isHeader: true)))
    }
    guard topic != deadLetterTopic else {
      throw Invalid(
        problem: "is to go to the dead-letter topic again",
        advice: "write its own topic, or let errors.deadletterqueue.context.headers.enable=true keep it")
    }
    self.topic = topic
    partition = record["partition"]?.integer.flatMap { Int32(exactly: $0) } ?? -1
    self.key = try RepairedRecord.bytes(key, forms.key, "the key")
    self.value = try RepairedRecord.bytes(value, forms.value, "the value")
    self.headers = headers
  }

  private static func bytes(_ value: JSONValue, _ form: ConvertedForm, _ part: String, isHeader: Bool = false) throws(Invalid) -> [UInt8]? {
    if value.isNull { return nil }
    switch form {
    case .json: return Array(value.text().utf8)
    case .text:
      if let text = value.string { return Array(text.utf8) }
      throw Invalid(problem: "has no text for \(part)", advice: "the converter writes text: put it in quotes")
    case .binary:
      if isHeader, let text = value.string { return Array(text.utf8) }
      if let text = value["base64"]?.string, let bytes = decoded(text) { return bytes }
      throw Invalid(problem: "has no {\"base64\":…} for \(part)", advice: "the converter writes bytes: give them in base64")
    }
  }

  /// Base 64 with or without padding; nil for what is none.
  static func decoded(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    var bits: UInt32 = 0, count = 0
    let digits = text.utf8.prefix { $0 != UInt8(ascii: "=") }
    guard text.utf8.dropFirst(digits.count).count <= 2, text.utf8.dropFirst(digits.count).allSatisfy({ $0 == UInt8(ascii: "=") }) else { return nil }
    for byte in digits {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(digit)
      count += 1
      if count == 4 {
        result += [UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits)]
        (bits, count) = (0, 0)
      }
    }
    switch count {
    case 0: break
    case 2: result.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3: result += [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)]
    default: return nil
    }
    return result
  }

  static func == (a: RepairedRecord, b: RepairedRecord) -> Bool {
    a.topic == b.topic && a.partition == b.partition && a.key == b.key && a.value == b.value && a.headers.elementsEqual(b.headers) { $0.name == $1.name && $0.value == $1.value }
  }

  /// Appends the record; its parts are bytes, for `BytesAsTheyAre`.
  func append(to batch: inout RecordBatch, number: UInt64) {
    let bytes = batch.intern(schema: .optionalBytes)
    func slot(_ content: [UInt8]?) -> Slot { content.map { batch.slot(.bytes($0)) } ?? .null }
    let keySlot = slot(key), valueSlot = slot(value)
    let first = UInt32(batch.headers.count)
    for header in headers {
      let name = batch.intern(headerName: header.name)
      batch.headers.append(Header(name: name, schema: bytes, value: slot(header.value)))
    }
    var record = Record(
      topic: batch.intern(topic: topic), keySchema: key == nil ? Record.noSchema : bytes, key: keySlot,
      valueSchema: value == nil ? Record.noSchema : bytes, value: valueSlot, firstHeader: first, headerCount: UInt32(headers.count),
      order: Record.Order(commit: number, ordinal: 0))
    record.partition = partition
    batch.records.append(record)
  }
}

/// Gives bytes on as they are, in the name of another converter.
final class BytesAsTheyAre: Converter {
  let form: ConvertedForm
  init(_ form: ConvertedForm) { self.form = form }

  func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    guard slot.kind == .bytes else { return false }
    batch.arena.withBytes(at: slot.offset, length: slot.count) { output.append($0) }
    return true
  }
}
