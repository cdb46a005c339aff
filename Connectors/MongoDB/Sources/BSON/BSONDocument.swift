internal import MillraceCore

/// A document of one's own: commands, resume tokens, what the server answers to a question. Not used per record.
struct BSONDocument: Sendable, Equatable {
  /// With the length in front and the zero at the end.
  private(set) var bytes: [UInt8]

  /// Without fields.
  init() { bytes = [5, 0, 0, 0, 0] }

  /// - Parameter bytes: one whole document.
  init(_ bytes: UnsafeRawBufferPointer) throws(MillraceError) {
    _ = try BSONReader(bytes)
    self.bytes = Array(bytes)
  }

  /// A value for `append`.
  enum Value {
    case int32(Int32), int64(Int64), boolean(Bool), text(String), document(BSONDocument), array([Value]), timestamp(UInt64), null, double(Double)
    case regex(String, options: String)
    /// A value as it stands in another document.
    case raw(BSONType, [UInt8])
  }

  mutating func append(_ name: String, _ value: Value) {
    bytes.removeLast()
    bytes.append(BSONDocument.type(value).rawValue)
    bytes += name.utf8
    bytes.append(0)
    switch value {
    case .int32(let number): add(number)
    case .int64(let number): add(number)
    case .boolean(let flag): bytes.append(flag ? 1 : 0)
    case .text(let text):
      add(Int32(text.utf8.count + 1))
      bytes += text.utf8
      bytes.append(0)
    case .document(let document): bytes += document.bytes
    case .array(let values): bytes += BSONDocument.array(values).bytes
    case .timestamp(let number): add(number)
    case .double(let number): add(number.bitPattern)
    case .null: break
    case .regex(let pattern, let options):
      bytes += pattern.utf8
      bytes.append(0)
      bytes += options.utf8
      bytes.append(0)
    case .raw(_, let value): bytes += value
    }
    bytes.append(0)
    let count = UInt32(bytes.count)
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: count >> UInt32(8 * index)) }
  }

  private static func array(_ values: [Value]) -> BSONDocument {
    var document = BSONDocument()
    for (index, value) in values.enumerated() { document.append("\(index)", value) }
    return document
  }

  private mutating func add(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }

  private static func type(_ value: Value) -> BSONType {
    switch value {
    case .int32: .int32
    case .int64: .int64
    case .boolean: .boolean
    case .text: .string
    case .document: .document
    case .array: .array
    case .timestamp: .timestamp
    case .double: .double
    case .null: .null
    case .regex: .regex
    case .raw(let type, _): type
    }
  }

  /// The value under `name`, copied; nil where there is none.
  func value(_ name: String) throws(MillraceError) -> Value? {
    try withElements { element throws(MillraceError) in
      String(decoding: element.name, as: UTF8.self) == name ? BSONDocument.copy(element) : nil
    }.first
  }

  /// What `body` makes of each element, without those for which it answers nil.
  func withElements<R>(_ body: (BSONElement) throws(MillraceError) -> R?) throws(MillraceError) -> [R] {
    let result = bytes.withUnsafeBytes { raw -> Result<[R], MillraceError> in
      do throws(MillraceError) {
        var reader = try BSONReader(raw)
        var found: [R] = []
        while let element = try reader.next() {
          if let value = try body(element) { found.append(value) }
        }
        return .success(found)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static func copy(_ element: BSONElement) -> Value {
    switch element.type {
    case .int32: .int32(element.value.loadUnaligned(as: Int32.self))
    case .int64: .int64(element.value.loadUnaligned(as: Int64.self))
    case .boolean: .boolean(element.value[0] != 0)
    case .double: .double(element.value.loadUnaligned(as: Double.self))
    case .string: .text(element.string ?? "")
    case .timestamp: .timestamp(element.value.loadUnaligned(as: UInt64.self))
    case .null: .null
    case .document: (try? BSONDocument(element.value)).map { .document($0) } ?? .raw(.document, Array(element.value))
    default: .raw(element.type, Array(element.value))
    }
  }

  func document(_ name: String) throws(MillraceError) -> BSONDocument? {
    if case .document(let document)? = try value(name) { document } else { nil }
  }

  func text(_ name: String) throws(MillraceError) -> String? {
    if case .text(let text)? = try value(name) { text } else { nil }
  }

  /// Seconds since 1970 in the upper half.
  func timestamp(_ name: String) throws(MillraceError) -> UInt64? {
    if case .timestamp(let time)? = try value(name) { time } else { nil }
  }

  /// A whole number of any width, or a boolean.
  func integer(_ name: String) throws(MillraceError) -> Int64? {
    switch try value(name) {
    case .int32(let number)?: Int64(number)
    case .int64(let number)?: number
    case .double(let number)?: Int64(exactly: number.rounded(.towardZero))
    case .boolean(let flag)?: flag ? 1 : 0
    default: nil
    }
  }

  /// The items of an array.
  func array(_ name: String) throws(MillraceError) -> [Value]? {
    guard case .raw(.array, let bytes)? = try value(name) else { return nil }
    let array = try bytes.withUnsafeBytes { raw -> Result<BSONDocument, MillraceError> in
      do throws(MillraceError) { return .success(try BSONDocument(raw)) } catch { return .failure(error) }
    }.get()
    return try array.withElements { BSONDocument.copy($0) }
  }

  /// Base64, with padding: how a resume token stands in an offset.
  var base64: String {
    var arena = ByteArena(capacity: bytes.count * 2 + 16)
    bytes.withUnsafeBytes { raw in arena.append(base64: raw) }
    return arena.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// What `base64` gave; nil where it is anything else.
  init?(base64 text: String) {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0, count = 0, padding = 0
    for byte in text.utf8 {
      let value: UInt32
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte) - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte) - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte) + 4
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      case UInt8(ascii: "="):
        padding += 1
        continue
      default: return nil
      }
      if padding > 0 { return nil }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    let document = bytes.withUnsafeBytes { raw -> BSONDocument? in try? BSONDocument(raw) }
    guard let document else { return nil }
    self = document
  }
}
