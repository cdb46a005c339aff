internal import MillraceCore

/// MySQL's binary form of JSON (MySQL source, "sql-common/json_binary.h"), and its text as Debezium's stream has it
/// (com.github.shyiko.mysql.binlog, JsonBinary and JsonStringFormatter): no blanks, doubles as Java prints them, but never with an
/// exponent.
struct BinaryJSON {
  private let bytes: UnsafeRawBufferPointer
  private let type: UInt8?
  private let start: Int
  private let level: Int

  /// A whole value: its type and what belongs to it.
  init(_ bytes: UnsafeRawBufferPointer) { self.init(bytes, type: bytes.first, start: 1, level: 0) }

  private init(_ bytes: UnsafeRawBufferPointer, type: UInt8?, start: Int, level: Int) {
    self.bytes = bytes
    self.type = type
    self.start = start
    self.level = level
  }

  /// The server nests no deeper than 100.
  private static let mostLevels = 101

  /// Appends the text; false if the value is damaged, and then a part of it may have been written.
  func write(to arena: inout ByteArena) -> Bool {
    guard let type else { return false }
    // MariaDB and what it replicates from may hold the text itself.
    if type > 0x0F {
      arena.append(bytes)
      return true
    }
    return value(type, at: start, level: level, &arena)
  }

  /// The members of an object; nil for other values, and damaged ones.
  var members: [(name: UnsafeRawBufferPointer, value: BinaryJSON)]? {
    guard let type, type <= 1, let frame = frame(start, isLarge: type == 1, isObject: true, level) else { return nil }
    var members: [(name: UnsafeRawBufferPointer, value: BinaryJSON)] = []
    for index in 0..<frame.count {
      guard let name = name(index, of: frame), let value = child(index, of: frame, level) else { return nil }
      members.append((name, BinaryJSON(bytes, type: value.type, start: value.at, level: value.level)))
    }
    return members
  }

  /// The elements of an array; nil for other values, and damaged ones.
  var elements: [BinaryJSON]? {
    guard let type, type == 2 || type == 3, let frame = frame(start, isLarge: type == 3, isObject: false, level) else { return nil }
    var elements: [BinaryJSON] = []
    for index in 0..<frame.count {
      guard let value = child(index, of: frame, level) else { return nil }
      elements.append(BinaryJSON(bytes, type: value.type, start: value.at, level: value.level))
    }
    return elements
  }

  // MARK: values

  /// - Parameter at: where the data begins, counted from the beginning of the whole.
  private func value(_ type: UInt8, at: Int, level: Int, _ arena: inout ByteArena) -> Bool {
    switch type {
    case 0, 2: return container(at, isLarge: false, isObject: type == 0, level, &arena)
    case 1, 3: return container(at, isLarge: true, isObject: type == 1, level, &arena)
    case 4: return byte(at).map { literal($0, &arena) } ?? false
    case 5: return little(at, 2).map { arena.append(decimal: Int64(Int16(truncatingIfNeeded: $0))) } != nil
    case 6: return little(at, 2).map { arena.append(decimal: $0) } != nil
    case 7: return little(at, 4).map { arena.append(decimal: Int64(Int32(truncatingIfNeeded: $0))) } != nil
    case 8: return little(at, 4).map { arena.append(decimal: $0) } != nil
    case 9: return little(at, 8).map { arena.append(decimal: Int64(bitPattern: $0)) } != nil
    case 10: return little(at, 8).map { arena.append(decimal: $0) } != nil
    case 11: return little(at, 8).map { BinaryJSON.append(Double(bitPattern: $0), to: &arena) } != nil
    case 12: return counted(at).map { BinaryJSON.append(string: $0, to: &arena) } != nil
    case 15: return opaque(at, &arena)
    default: return false
    }
  }

  private func literal(_ value: UInt8, _ arena: inout ByteArena) -> Bool {
    switch value {
    case 0: arena.append("null")
    case 1: arena.append("true")
    case 2: arena.append("false")
    default: return false
    }
    return true
  }

  /// The layout of an object or array.
  private struct Frame {
    let start: Int, count: Int, size: Int, isLarge: Bool
    /// Where the entries of keys (place, length) and values (type, place or the value itself) begin.
    let keys: Int, values: Int
    var width: Int { isLarge ? 4 : 2 }
  }

  private func frame(_ start: Int, isLarge: Bool, isObject: Bool, _ level: Int) -> Frame? {
    let width = isLarge ? 4 : 2
    guard level < BinaryJSON.mostLevels, let count = little(start, width).map({ Int($0) }), let size = little(start &+ width, width).map({ Int($0) }),
      size <= bytes.count &- start
    else { return nil }
    let keys = start &+ 2 &* width
    let values = keys &+ (isObject ? count &* (width &+ 2) : 0)
    guard values &+ count &* (width &+ 1) <= start &+ size else { return nil }
    return Frame(start: start, count: count, size: size, isLarge: isLarge, keys: keys, values: values)
  }

  @inline(__always)
  private func name(_ index: Int, of frame: Frame) -> UnsafeRawBufferPointer? {
    let entry = frame.keys &+ index &* (frame.width &+ 2)
    guard let place = little(entry, frame.width), let length = little(entry &+ frame.width, 2) else { return nil }
    return slice(frame.start &+ Int(place), Int(length))
  }

  @inline(__always)
  private func child(_ index: Int, of frame: Frame, _ level: Int) -> (type: UInt8, at: Int, level: Int)? {
    let entry = frame.values &+ index &* (frame.width &+ 1)
    guard let type = byte(entry) else { return nil }
    let isInline = type == 4 || type == 5 || type == 6 || (frame.isLarge && (type == 7 || type == 8))
    if isInline { return (type, entry &+ 1, level) }
    // What lies behind is always further on, so that no value can hold itself.
    guard let place = little(entry &+ 1, frame.width), Int(place) < frame.size,
      Int(place) >= frame.values &- frame.start &+ frame.count &* (frame.width &+ 1)
    else { return nil }
    return (type, frame.start &+ Int(place), level &+ 1)
  }

  private func container(_ start: Int, isLarge: Bool, isObject: Bool, _ level: Int, _ arena: inout ByteArena) -> Bool {
    guard let frame = frame(start, isLarge: isLarge, isObject: isObject, level) else { return false }
    arena.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
    for index in 0..<frame.count {
      if index > 0 { arena.append(UInt8(ascii: ",")) }
      if isObject {
        guard let name = name(index, of: frame) else { return false }
        BinaryJSON.append(string: name, to: &arena)
        arena.append(UInt8(ascii: ":"))
      }
      guard let child = child(index, of: frame, level), value(child.type, at: child.at, level: child.level, &arena) else { return false }
    }
    arena.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    return true
  }

  /// A value of another type of the server: its type code, and its bytes.
  private func opaque(_ at: Int, _ arena: inout ByteArena) -> Bool {
    guard let type = byte(at), let data = counted(at &+ 1) else { return false }
    switch type {
    case 0, 246:
      guard data.count >= 2 else { return false }
      let precision = Int(data[0]), scale = Int(data[1])
      // In a document the server counts the digits of whole groups of nine, so that 65 can be 72.
      guard precision >= 1, precision <= PackedDecimal.mostDigits, scale <= precision else { return false }
      let packed = PackedDecimal(precision: precision, scale: scale)
      guard data.count == 2 &+ packed.size else { return false }
      arena.appendWith(maximum: PackedDecimal.mostCharacters) { packed.write(UnsafeRawBufferPointer(rebasing: data[2...]), to: $0) }
    case 10, 11, 19, 12, 18, 7, 17:
      guard data.count == 8 else { return false }
      arena.append(UInt8(ascii: "\""))
      BinaryJSON.append(
        time: Int64(littleEndian: data.loadUnaligned(as: Int64.self)), hasDate: type != 11 && type != 19, hasTime: type != 10, to: &arena)
      arena.append(UInt8(ascii: "\""))
    default:
      arena.append(UInt8(ascii: "\""))
      arena.appendWith(maximum: data.count / 3 &* 4 &+ 4) { memory in
        Base64.write(count: data.count, urlSafe: false, to: memory) { data[$0] }
      }
      arena.append(UInt8(ascii: "\""))
    }
    return true
  }

  // MARK: text

  /// Packed as a DATETIME with six digits in the log, the whole 24 bits to the left, negative as a whole.
  private static func append(time packed: Int64, hasDate: Bool, hasTime: Bool, to arena: inout ByteArena) {
    let magnitude = packed.magnitude
    let moment = ColumnCodec.datetime(magnitude >> 24, microseconds: Int(magnitude & 0xFF_FFFF))
    arena.reserve(40)
    if packed < 0 { arena.appendUnchecked(UInt8(ascii: "-")) }
    if hasDate {
      two(moment.year / 100, &arena)
      two(moment.year % 100, &arena)
      arena.appendUnchecked(UInt8(ascii: "-"))
      two(moment.month, &arena)
      arena.appendUnchecked(UInt8(ascii: "-"))
      two(moment.day, &arena)
    }
    guard hasTime else { return }
    if hasDate { arena.appendUnchecked(UInt8(ascii: " ")) }
    // A time has ten bits of hours, where a moment has five and the day.
    let hour = hasDate ? moment.hour : Int(magnitude >> 36 & 0x3FF)
    if hour > 99 { arena.append(decimal: Int64(hour)) } else { two(hour, &arena) }
    arena.append(UInt8(ascii: ":"))
    two(moment.minute, &arena)
    arena.append(UInt8(ascii: ":"))
    two(moment.second, &arena)
    guard moment.microsecond > 0 else { return }
    arena.append(UInt8(ascii: "."))
    var digits = 6, rest = moment.microsecond
    while rest % 10 == 0 {
      rest /= 10
      digits -= 1
    }
    var divisor = 100_000
    for _ in 0..<digits {
      arena.append(UInt8(truncatingIfNeeded: moment.microsecond / divisor % 10 &+ 48))
      divisor /= 10
    }
  }

  private static func two(_ value: Int, _ arena: inout ByteArena) {
    arena.append(UInt8(truncatingIfNeeded: value / 10 % 10 &+ 48))
    arena.append(UInt8(truncatingIfNeeded: value % 10 &+ 48))
  }

  /// As Java's `Double.toString`, but all digits of the binary number where that would have an exponent (`BigDecimal.toPlainString`).
  static func append(_ value: Double, to arena: inout ByteArena) {
    let magnitude = value.magnitude
    guard magnitude == 0 || (magnitude >= 0.001 && magnitude < 10_000_000) else { return ExactDecimal.append(value, to: &arena) }
    var cursor = arena.cursor(reserving: 32)
    cursor.java(value)
    arena.finish(cursor)
  }

  static func append(string: UnsafeRawBufferPointer, to arena: inout ByteArena) {
    arena.reserve(string.count &+ 2)
    arena.appendUnchecked(UInt8(ascii: "\""))
    var clean = 0
    while true {
      let index = PlainText.end(in: string, from: clean, asciiOnly: false)
      arena.append(UnsafeRawBufferPointer(rebasing: string[clean..<index]))
      guard index < string.count else { break }
      let byte = string[index]
      clean = index &+ 1
      arena.append(UInt8(ascii: "\\"))
      switch byte {
      case 0x08: arena.append(UInt8(ascii: "b"))
      case 0x09: arena.append(UInt8(ascii: "t"))
      case 0x0A: arena.append(UInt8(ascii: "n"))
      case 0x0C: arena.append(UInt8(ascii: "f"))
      case 0x0D: arena.append(UInt8(ascii: "r"))
      case 0x20...: arena.append(byte)
      default:
        arena.append("u00")
        arena.append(UInt8(ascii: "0") &+ byte >> 4)
        let low = byte & 15
        arena.append(low < 10 ? low &+ 48 : low &+ 55)
      }
    }
    arena.append(UInt8(ascii: "\""))
  }

  // MARK: bytes

  @inline(__always)
  private func byte(_ at: Int) -> UInt8? { at >= 0 && at < bytes.count ? bytes[at] : nil }

  /// A number of 2, 4 or 8 bytes.
  @inline(__always)
  private func little(_ at: Int, _ count: Int) -> UInt64? {
    guard at >= 0, count <= bytes.count &- at else { return nil }
    switch count {
    case 2: return UInt64(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
    case 4: return UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
    default: return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
    }
  }

  @inline(__always)
  private func slice(_ at: Int, _ count: Int) -> UnsafeRawBufferPointer? {
    guard at >= 0, count >= 0, at <= bytes.count, count <= bytes.count &- at else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[at..<(at &+ count)])
  }

  /// A length of one to five bytes with seven bits each, the lowest first, and as many bytes.
  private func counted(_ at: Int) -> UnsafeRawBufferPointer? {
    var length = 0
    for index in 0..<5 {
      guard let byte = byte(at &+ index) else { return nil }
      length |= Int(byte & 0x7F) << (7 &* index)
      if byte & 0x80 == 0 { return slice(at &+ index &+ 1, length) }
    }
    return nil
  }
}
