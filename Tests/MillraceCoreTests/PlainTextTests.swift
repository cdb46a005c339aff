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
}
