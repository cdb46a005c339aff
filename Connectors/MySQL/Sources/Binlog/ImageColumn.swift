internal import MillraceCore

/// How one column's values stand in row events: type and metadata of the table map, the metadata in one form for all.
///
/// Source: MySQL Internals Manual, "TABLE_MAP_EVENT" and "ROWS_EVENT"; MariaDB Knowledge Base, "Rows_event_v1".
struct ImageColumn: BitwiseCopyable, Sendable, Hashable {
  /// The type byte; of a CHAR, BINARY, ENUM or SET the real type out of the metadata.
  enum Kind: UInt8, Sendable {
    case decimal = 0, tiny = 1, short = 2, long = 3, float = 4, double = 5, null = 6, timestamp = 7, longlong = 8, int24 = 9, date = 10,
      time = 11, datetime = 12, year = 13, newdate = 14, varchar = 15, bit = 16, timestamp2 = 17, datetime2 = 18, time2 = 19,
      typedArray = 20, blobCompressed = 140, varcharCompressed = 141, vector = 242, json = 245, newdecimal = 246, `enum` = 247, set = 248, tinyBlob = 249,
      mediumBlob = 250, longBlob = 251, blob = 252, varString = 253, string = 254, geometry = 255
  }

  let kind: Kind
  /// Of a decimal: its digits; of times: the digits of the second's fraction; of a BIT: its bits; of texts: the longest value in bytes;
  /// of BLOB, JSON, GEOMETRY, VECTOR: the bytes of the length in front of the value; of ENUM and SET: the value's bytes.
  let size: UInt16
  /// Of a decimal: the digits behind the point.
  let scale: UInt8

  init(_ kind: Kind, size: Int = 0, scale: Int = 0) {
    self.kind = kind
    self.size = UInt16(clamping: size)
    self.scale = UInt8(clamping: scale)
  }

  /// Reads a column's metadata out of a table map.
  init(type: UInt8, metadata: inout BinlogReader) throws(MillraceError) {
    guard var kind = Kind(rawValue: type) else { throw BinlogReader.malformed("a column has the unknown type \(type)") }
    var size = 0, scale = 0
    switch kind {
    case .float, .double, .tinyBlob, .blob, .mediumBlob, .longBlob, .json, .geometry, .vector, .blobCompressed, .timestamp2, .datetime2, .time2:
      size = Int(try metadata.byte())
    case .varchar, .varString, .varcharCompressed: size = Int(try metadata.integer(UInt16.self))
    case .bit:
      let bits = Int(try metadata.byte())
      size = Int(try metadata.byte()) * 8 + bits
    case .newdecimal:
      size = Int(try metadata.byte())
      scale = Int(try metadata.byte())
    case .string, .enum, .set:
      let first = try metadata.byte(), second = try metadata.byte()
      if first == 0 { size = Int(second) } else {
        // A length above 255 has its upper bits where a type has ones.
        let real = first | 0x30
        size = Int(second) | Int((first & 0x30) ^ 0x30) << 4
        if kind == .string, let found = Kind(rawValue: real) { kind = found }
      }
    default: break
    }
    if kind == .newdecimal, size > 65 || scale > 30 || scale > size { throw BinlogReader.malformed("a decimal has \(size) digits, \(scale) of them behind the point") }
    self.init(kind, size: size, scale: scale)
  }

  /// Whether values may be compressed one by one (MariaDB's COMPRESSED).
  var isCompressed: Bool { kind == .varcharCompressed || kind == .blobCompressed }

  /// The bytes of a value in front of which no length stands; nil where one does.
  var fixedLength: Int? {
    switch kind {
    case .null: 0
    case .tiny, .year: 1
    case .short: 2
    case .int24, .date, .newdate, .time: 3
    case .long, .float, .timestamp: 4
    case .longlong, .double, .datetime: 8
    case .timestamp2: 4 + (Int(size) + 1) / 2
    case .datetime2: 5 + (Int(size) + 1) / 2
    case .time2: 3 + (Int(size) + 1) / 2
    case .bit: (Int(size) + 7) / 8
    case .enum, .set: Int(size)
    case .newdecimal: ImageColumn.decimalLength(digits: Int(size), scale: Int(scale))
    default: nil
    }
  }

  /// The bytes of the length in front of a value.
  var lengthBytes: Int {
    switch kind {
    case .varchar, .varString, .varcharCompressed, .string: size > 255 ? 2 : 1
    default: Int(size)
    }
  }

  /// Nine digits take four bytes, fewer take these.
  private static func decimalLength(digits: Int, scale: Int) -> Int {
    func length(_ digits: Int) -> Int { digits / 9 * 4 + (digits % 9 + 1) / 2 }
    return length(digits - scale) + length(scale)
  }
}
