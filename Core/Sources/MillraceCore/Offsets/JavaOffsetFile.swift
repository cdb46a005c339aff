/// The content of the file of Kafka Connect's `FileOffsetBackingStore`, which Debezium's engine and Debezium Server use: a
/// `java.util.HashMap` of byte arrays, serialised by Java (Java Object Serialization Specification, chapter 6). Keys and values are
/// those of `ConnectOffset`. Strict: what is not exactly that is damage, and no class is made from what stands there.
enum JavaOffsetFile {
  static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xAC, 0xED, 0x00, 0x05]) }

  /// The checkpoints of all connectors in the file. Where two connectors have offsets for one partition, `name` decides.
  static func checkpoints(_ bytes: [UInt8], name: String) throws(OffsetDamage) -> [Checkpoint] {
    var found: [(key: ConnectOffset, offset: [Checkpoint.Entry])] = []
    for (key, value) in try entries(bytes) {
      guard let key else { throw OffsetDamage(problem: "holds an offset without key") }
      let parsed = try ConnectOffset(key: key)
      if let value { found.append((parsed, try ConnectOffset.offset(value))) }
    }
    var result: [Checkpoint] = []
    for (key, offset) in found {
      let rivals = found.filter { $0.key != key && $0.key.isOf($0.key.name, key.partition) }
      if !rivals.isEmpty, key.name != name {
        if rivals.contains(where: { $0.key.name == name }) { continue }
        throw OffsetDamage(problem: "holds offsets of several connectors for one partition, and none of them is called \(name)")
      }
      result.append(Checkpoint(partition: key.partition, offset: offset))
    }
    return result
  }

  /// The map's entries; nil is Java's null.
  static func entries(_ bytes: [UInt8]) throws(OffsetDamage) -> [(key: [UInt8]?, value: [UInt8]?)] {
    var reader = Reader(bytes: bytes)
    // Stream header, object, class description with its two fields, no superclass.
    try reader.expect([0xAC, 0xED, 0x00, 0x05, 0x73, 0x72])
    try reader.expect("java.util.HashMap")
    try reader.expect([0x05, 0x07, 0xDA, 0xC1, 0xC3, 0x16, 0x60, 0xD1, 0x03, 0x00, 0x02, 0x46])
    try reader.expect("loadFactor")
    try reader.expect([0x49])
    try reader.expect("threshold")
    try reader.expect([0x78, 0x70])
    _ = try reader.take(8)  // load factor and threshold say nothing about the content
    // HashMap.writeObject: eight bytes of block data, capacity and size, then key and value of each entry.
    try reader.expect([0x77, 0x08])
    _ = try reader.number()
    let size = try reader.number()
    guard size >= 0, size <= bytes.count else { throw Reader.damage }
    var result: [(key: [UInt8]?, value: [UInt8]?)] = []
    for _ in 0..<size { result.append((try reader.array(), try reader.array())) }
    try reader.expect([0x78])
    guard reader.isAtEnd else { throw OffsetDamage(problem: "is of Java's form, and goes on behind its end") }
    return result
  }

  private struct Reader {
    let bytes: [UInt8]
    var offset = 0
    /// Whether the class of byte arrays was described; from then on it is referred to.
    var knowsArrays = false

    static let damage = OffsetDamage(problem: "is of Java's form, but not a complete HashMap of byte arrays as FileOffsetBackingStore writes it")

    var isAtEnd: Bool { offset == bytes.count }

    mutating func take(_ count: Int) throws(OffsetDamage) -> ArraySlice<UInt8> {
      guard count >= 0, bytes.count - offset >= count else { throw Self.damage }
      defer { offset += count }
      return bytes[offset..<offset + count]
    }

    mutating func expect(_ expected: [UInt8]) throws(OffsetDamage) {
      guard try take(expected.count).elementsEqual(expected) else { throw Self.damage }
    }

    /// A text with its length in front.
    mutating func expect(_ text: String) throws(OffsetDamage) {
      let count = text.utf8.count
      try expect([UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)] + text.utf8)
    }

    mutating func number() throws(OffsetDamage) -> Int {
      Int(try take(4).reduce(Int32(0)) { $0 << 8 | Int32($1) })
    }

    /// null, or an array whose class is described with the first one; handle 0 is HashMap's class, 1 the map, 2 this class.
    mutating func array() throws(OffsetDamage) -> [UInt8]? {
      switch try take(1).first {
      case 0x70: return nil
      case 0x75: break
      default: throw Self.damage
      }
      if knowsArrays {
        try expect([0x71, 0x00, 0x7E, 0x00, 0x02])
      } else {
        try expect([0x72])
        try expect("[B")
        try expect([0xAC, 0xF3, 0x17, 0xF8, 0x06, 0x08, 0x54, 0xE0, 0x02, 0x00, 0x00, 0x78, 0x70])
        knowsArrays = true
      }
      return Array(try take(try number()))
    }
  }
}
