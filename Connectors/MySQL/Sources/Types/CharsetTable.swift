internal import MillraceCore
internal import Synchronization

/// The characters of a set that is no form of Unicode, unpacked from `CharsetTables` when a column first needs them.
final class CharsetTable: Sendable {
  /// By byte: a UTF-16 unit, 0xFFFF for the first byte of a longer code, 0xFFFE for one of three.
  private let single: [UInt16]
  /// By two bytes; empty for a set of single bytes.
  private let double: [UInt16]
  /// By the last two bytes of three, behind 0x8F.
  private let triple: [UInt16]
  /// By number of the code; of gb18030 only.
  private let quadruple: [UInt16]

  private static let made = Mutex<[Charset: CharsetTable]>([:])

  /// The table of a set; nil for the forms of Unicode and ASCII. Ask once per column.
  static func of(_ charset: Charset) -> CharsetTable? {
    made.withLock { made in
      if let table = made[charset] { return table }
      guard let table = CharsetTable(charset) else { return nil }
      made[charset] = table
      return table
    }
  }

  private init?(_ charset: Charset) {
    var single = (0..<256).map { UInt16($0 < 0x80 ? $0 : 0x3F) }
    if let units = CharsetTable.units(of: charset) {
      for (index, unit) in units.enumerated() { single[256 - units.count + index] = unit }
      (self.single, double, triple, quadruple) = (single, [], [], [])
      return
    }
    guard let source = CharsetTable.lines(of: charset) else { return nil }
    var double = [UInt16](repeating: 0x3F, count: 65536), triple: [UInt16] = []
    source.withUTF8Buffer { text in
      var reader = LineReader(text)
      while let (code, size) = reader.code() {
        var code = code
        while let scalar = reader.character() {
          let unit = UInt16(truncatingIfNeeded: scalar)
          switch size {
          case 1: single[code] = unit
          case 2:
            single[code >> 8] = 0xFFFF
            double[code] = unit
          default:
            if triple.isEmpty { triple = [UInt16](repeating: 0x3F, count: 65536) }
            single[0x8F] = 0xFFFE
            triple[code & 0xFFFF] = unit
          }
          code += 1
        }
      }
    }
    var quadruple: [UInt16] = []
    if charset == .gb18030 {
      // Whatever has no character of two bytes has one of four.
      for byte in 0x81...0xFE { single[byte] = 0xFFFF }
      quadruple = [UInt16](repeating: 0x3F, count: 39_420)
      CharsetTables.gb18030Ranges.withUTF8Buffer { text in
        let numbers = text.split { $0 < 48 }.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
        for place in stride(from: 0, to: numbers.count - 2, by: 3) {
          for index in 0..<numbers[place + 2] where numbers[place] + index < quadruple.count {
            quadruple[numbers[place] + index] = UInt16(truncatingIfNeeded: numbers[place + 1] + index)
          }
        }
      }
    }
    (self.single, self.double, self.triple, self.quadruple) = (single, double, triple, quadruple)
  }

  /// Writes a text as UTF-8: at most three bytes for each of its own, two for each of a longer code.
  func convert(_ bytes: UnsafeRawBufferPointer, _ cursor: inout ByteCursor) {
    var at = 0
    while at < bytes.count {
      let first = bytes[at]
      let unit = single[Int(first)]
      if unit < 0xFFFE {
        cursor.put(scalar: UInt32(unit))
        at &+= 1
        continue
      }
      let left = bytes.count &- at
      if unit == 0xFFFE {
        guard left >= 3 else { return cursor.put(0x3F) }
        cursor.put(scalar: UInt32(triple[Int(bytes[at &+ 1]) << 8 | Int(bytes[at &+ 2])]))
        at &+= 3
      } else if left >= 4, !quadruple.isEmpty, bytes[at &+ 1] &- 0x30 <= 9 {
        cursor.put(scalar: fourByte(first, bytes[at &+ 1], bytes[at &+ 2], bytes[at &+ 3]))
        at &+= 4
      } else {
        guard left >= 2 else { return cursor.put(0x3F) }
        cursor.put(scalar: UInt32(double[Int(first) << 8 | Int(bytes[at &+ 1])]))
        at &+= 2
      }
    }
  }

  /// Codes are numbered; those from 0x90308130 on are the characters from U+10000 on.
  private func fourByte(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> UInt32 {
    guard c >= 0x81, d &- 0x30 <= 9 else { return 0x3F }
    let number = ((Int(a) &- 0x81) &* 10 &+ Int(b) &- 0x30) &* 1260 &+ (Int(c) &- 0x81) &* 10 &+ Int(d) &- 0x30
    if number < quadruple.count { return UInt32(quadruple[number]) }
    return number >= 189_000 ? UInt32(number &- 189_000 &+ 0x1_0000) : 0x3F
  }

  // MARK: what CharsetTables holds

  private static func units(of charset: Charset) -> [UInt16]? {
    let digits: StaticString
    switch charset {
    case .armscii8: digits = CharsetTables.armscii8
    case .cp1250: digits = CharsetTables.cp1250
    case .cp1251: digits = CharsetTables.cp1251
    case .cp1256: digits = CharsetTables.cp1256
    case .cp1257: digits = CharsetTables.cp1257
    case .cp850: digits = CharsetTables.cp850
    case .cp852: digits = CharsetTables.cp852
    case .cp866: digits = CharsetTables.cp866
    case .dec8: digits = CharsetTables.dec8
    case .geostd8: digits = CharsetTables.geostd8
    case .greek: digits = CharsetTables.greek
    case .hebrew: digits = CharsetTables.hebrew
    case .hp8: digits = CharsetTables.hp8
    case .keybcs2: digits = CharsetTables.keybcs2
    case .koi8r: digits = CharsetTables.koi8r
    case .koi8u: digits = CharsetTables.koi8u
    case .latin1: digits = CharsetTables.latin1
    case .latin2: digits = CharsetTables.latin2
    case .latin5: digits = CharsetTables.latin5
    case .latin7: digits = CharsetTables.latin7
    case .macce: digits = CharsetTables.macce
    case .macroman: digits = CharsetTables.macroman
    case .swe7: digits = CharsetTables.swe7
    case .tis620: digits = CharsetTables.tis620
    default: return nil
    }
    return digits.withUTF8Buffer { text in
      stride(from: 0, to: text.count - 3, by: 4).map { place in
        text[place..<(place + 4)].reduce(0) { $0 << 4 | UInt16($1 < 58 ? $1 - 48 : $1 - 55) }
      }
    }
  }

  private static func lines(of charset: Charset) -> StaticString? {
    switch charset {
    case .big5: CharsetTables.big5
    case .cp932: CharsetTables.cp932
    case .eucjpms: CharsetTables.eucjpms
    case .euckr: CharsetTables.euckr
    case .gb18030: CharsetTables.gb18030
    case .gb2312: CharsetTables.gb2312
    case .gbk: CharsetTables.gbk
    case .sjis: CharsetTables.sjis
    case .ujis: CharsetTables.ujis
    default: nil
    }
  }

  /// Reads `8140 丂丄丅…` line by line.
  private struct LineReader {
    private let text: UnsafeBufferPointer<UInt8>
    private var at = 0

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// The code at the beginning of a line, and how many bytes it has.
    mutating func code() -> (Int, size: Int)? {
      guard at < text.count else { return nil }
      var code = 0, digits = 0
      while at < text.count, text[at] != 0x20 {
        code = code << 4 | Int(text[at] < 58 ? text[at] - 48 : text[at] - 55)
        digits += 1
        at += 1
      }
      at += 1
      return (code, digits / 2)
    }

    /// The next character of the line; nil at its end.
    mutating func character() -> UInt32? {
      guard at < text.count else { return nil }
      let first = text[at]
      if first == 0x0A {
        at += 1
        return nil
      }
      let size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      var scalar = size == 1 ? UInt32(first) : UInt32(first) & (0xFF >> UInt32(size + 1))
      for index in 1..<max(size, 1) where at + index < text.count { scalar = scalar << 6 | UInt32(text[at + index] & 0x3F) }
      at += size
      return scalar
    }
  }
}
