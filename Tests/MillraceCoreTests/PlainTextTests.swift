import Testing
@testable import MillraceCore

@Suite("What JSON has to escape") struct PlainTextTests {
  @Test("The first one is found, wherever it stands and whatever is around it", arguments: [false, true])
  func everyPlace(asciiOnly: Bool) {
    var dice = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &dice)).map { _ -> UInt8 in
        // Mostly harmless ones, and the neighbours of those that are looked for.
        Bool.random(using: &dice) ? UInt8(ascii: "a") : [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7E, 0x7F, 0x80, 0xFF].randomElement(using: &dice)!
      }
      let start = Int.random(in: 0...bytes.count, using: &dice)
      let expected = bytes[start...].firstIndex { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || asciiOnly && $0 >= 0x7F } ?? bytes.count
      let found = bytes.withUnsafeBytes { PlainText.end(in: $0, from: start, asciiOnly: asciiOnly) }
      #expect(found == expected, "\(bytes) from \(start)")
    }
  }

  @Test("What stands before it is copied, and nothing else is counted")
  func copies() {
    var dice = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes = (0..<Int.random(in: 0...30, using: &dice)).map { _ in UInt8.random(in: 0x23...0x5B, using: &dice) }
      if let index = bytes.indices.randomElement(using: &dice), Bool.random(using: &dice) {
        bytes[index] = [0x00, 0x1F, 0x22, 0x5C, 0x7F, 0x80, 0xFF].randomElement(using: &dice)!
      }
      let expected = bytes.prefix { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 < 0x7F }
      var arena = ByteArena(capacity: 64)
      arena.append(UInt8(ascii: "a"))
      var cursor = arena.cursor(reserving: bytes.count)
      let count = bytes.withUnsafeBytes { cursor.plain($0) }
      arena.finish(cursor)
      #expect(count == expected.count && arena.withBytes { Array($0) } == [UInt8(ascii: "a")] + expected, "\(bytes)")
    }
  }
}
