/// The name of a transaction.
enum GTID: Hashable, Sendable {
  /// The server's UUID, a tag or an empty text (MySQL 8.3), and a number that grows.
  case mysql(source: GTIDSource, number: UInt64)
  case mariadb(domain: UInt32, server: UInt32, number: UInt64)
}

/// Who gives numbers: a server, and among its transactions those of one tag.
struct GTIDSource: Hashable, Sendable, Comparable {
  /// 36 characters in lower case.
  let uuid: String
  /// Empty without one.
  let tag: String

  init(uuid: String, tag: String = "") {
    self.uuid = uuid
    self.tag = tag
  }

  /// - Parameter bytes: sixteen of them.
  init(bytes: some Sequence<UInt8>, tag: String = "") {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    self.init(uuid: String(decoding: text, as: UTF8.self), tag: tag)
  }

  /// The sixteen bytes.
  var bytes: [UInt8] {
    let digits = uuid.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  static func < (a: GTIDSource, b: GTIDSource) -> Bool { a.uuid == b.uuid ? a.tag < b.tag : a.uuid < b.uuid }
}

extension GTID: CustomStringConvertible {
  var description: String {
    switch self {
    case .mysql(let source, let number): source.tag.isEmpty ? "\(source.uuid):\(number)" : "\(source.uuid):\(source.tag):\(number)"
    case .mariadb(let domain, let server, let number): "\(domain)-\(server)-\(number)"
    }
  }

  /// What `gtid.source.includes` and `.excludes` look at: the UUID, or the domain.
  var origin: String {
    switch self {
    case .mysql(let source, _): source.uuid
    case .mariadb(let domain, _, _): "\(domain)"
    }
  }
}
