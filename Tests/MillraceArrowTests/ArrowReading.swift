import Glibc
import MillraceCore

/// Just enough of a reader of Arrow files to say what is in them; the real libraries read them in the integration tests.
struct ArrowReading {
  private let bytes: [UInt8]
  /// Rows of each record batch, as its message says.
  private(set) var batches: [Int] = []
  private(set) var columns: [String] = []
  /// What the footer says of the batches' places agrees with where they are.
  private(set) var footerAgrees = false

  /// - Returns: nil for what is no whole file.
  init?(_ path: String) {
    guard let bytes = try? OpenFile(path, O_RDONLY).readAll() else { return nil }
    self.bytes = bytes
    let isFile = bytes.starts(with: Array("ARROW1\0\0".utf8))
    if isFile, !bytes.suffix(6).elementsEqual("ARROW1".utf8) { return nil }
    var at = isFile ? 8 : 0
    var places: [[Int]] = []
    while true {
      guard at + 8 <= bytes.count, number(at, 4) == 0xFFFF_FFFF, at % 8 == 0 else { return nil }
      let length = number(at + 4, 4)
      if length == 0 { break }
      guard length % 8 == 0, at + 8 + length <= bytes.count else { return nil }
      let message = table(at: at + 8)
      let body = message.member(3).map { number($0, 8) } ?? 0
      guard body % 8 == 0, at + 8 + length + body <= bytes.count, let header = message.member(2) else { return nil }
      let content = Table(bytes: bytes, at: header + number(header, 4))
      switch message.member(1).map({ number($0, 1) }) {
      case 1: columns = content.tables(1).map { $0.text(0) }
      case 3:
        batches.append(content.member(0).map { number($0, 8) } ?? 0)
        places.append([at, length + 8, body])
      default: return nil
      }
      at += 8 + length + body
    }
    guard isFile else {
      footerAgrees = at + 8 == bytes.count
      return
    }
    let length = number(bytes.count - 10, 4)
    let footer = table(at: bytes.count - 10 - length)
    guard let place = footer.member(3) else { return nil }
    let vector = place + number(place, 4)
    let blocks = (0..<number(vector, 4)).map { index in
      let block = vector + 4 + 24 * index
      return [number(block, 8), number(block + 8, 4), number(block + 16, 8)]
    }
    let schema = footer.member(1).map { Table(bytes: bytes, at: $0 + number($0, 4)).tables(1).map { $0.text(0) } }
    footerAgrees = blocks == places && schema == columns && at + 8 + length + 10 == bytes.count
  }

  var rows: Int { batches.reduce(0, +) }

  private func table(at root: Int) -> Table { Table(bytes: bytes, at: root + number(root, 4)) }
  private func number(_ at: Int, _ size: Int) -> Int { Table.number(bytes, at, size) }

  private struct Table {
    let bytes: [UInt8]
    let at: Int

    static func number(_ bytes: [UInt8], _ at: Int, _ size: Int) -> Int {
      var value = 0
      for index in 0..<size { value |= Int(bytes[at + index]) << (8 * index) }
      return value
    }

    func member(_ slot: Int) -> Int? {
      let offsets = at - Int(Int32(truncatingIfNeeded: Self.number(bytes, at, 4)))
      guard 4 + 2 * slot < Self.number(bytes, offsets, 2) else { return nil }
      let offset = Self.number(bytes, offsets + 4 + 2 * slot, 2)
      return offset == 0 ? nil : at + offset
    }

    func tables(_ slot: Int) -> [Table] {
      guard let place = member(slot) else { return [] }
      let vector = place + Self.number(bytes, place, 4)
      return (0..<Self.number(bytes, vector, 4)).map { index in
        let element = vector + 4 + 4 * index
        return Table(bytes: bytes, at: element + Self.number(bytes, element, 4))
      }
    }

    func text(_ slot: Int) -> String {
      guard let place = member(slot) else { return "" }
      let start = place + Self.number(bytes, place, 4)
      return String(decoding: bytes[start + 4..<start + 4 + Self.number(bytes, start, 4)], as: UTF8.self)
    }
  }
}
