import MillraceCore
@testable import MillraceMySQL
import Testing

/// Values as MariaDB compresses them: 260 bytes of text in zlib's frame, without it, and not compressed.
@Suite struct InflationTests {
  private let text = Array(String(repeating: "compress me, ", count: 20).utf8)
  private let framed: [UInt8] = [
    0x82, 0x01, 0x04, 0x78, 0xDA, 0x4B, 0xCE, 0xCF, 0x2D, 0x28, 0x4A, 0x2D, 0x2E, 0x56, 0xC8, 0x4D, 0xD5, 0x51, 0x48, 0x1E,
    0x99, 0x1C, 0x00, 0xD9, 0x79, 0x5D, 0x49,
  ]
  private let bare: [UInt8] = [
    0x8A, 0x01, 0x04, 0x4B, 0xCE, 0xCF, 0x2D, 0x28, 0x4A, 0x2D, 0x2E, 0x56, 0xC8, 0x4D, 0xD5, 0x51, 0x48, 0x1E, 0x99, 0x1C,
    0x00,
  ]

  private func content(_ bytes: [UInt8], _ values: CompressedValues = CompressedValues()) throws -> [UInt8]? {
    try bytes.withUnsafeBytes { bytes in try values.content(of: bytes).map { Array($0) } }
  }

  @Test("Each form of a value gives its content, one after the other") func forms() throws {
    let values = CompressedValues()
    for _ in 0..<2 {
      #expect(try content(framed, values) == text)
      #expect(try content(bare, values) == text)
      #expect(try content([0] + text, values) == text)
      #expect(try content([], values) == [])
      #expect(try content([0], values) == [])
    }
  }

  @Test("What is damaged has no content, wherever it is cut or changed") func damage() throws {
    for bytes in [framed, bare] {
      for count in 1..<bytes.count { #expect(try content(Array(bytes[..<count])) == nil) }
    }
    #expect(try content([0x90] + framed[1...]) == nil)
    // No length, and a length of nothing.
    #expect(try content([0x80]) == nil && content([0x80] + framed[3...]) == nil && content([0x81, 0] + framed[3...]) == nil)
    #expect(try content([0x82, 0x01, 0x05] + framed[3...]) == nil)
    // A length that no data could have.
    #expect(try content([0x84, 0x3F, 0xFF, 0xFF, 0xFF] + framed[3...]) == nil)
    #expect(try content([0x87, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] + framed[3...]) == nil)
  }

  @Test("An event that is damaged is an error") func event() throws {
    var inflation = Inflation()
    let whole = try framed.withUnsafeBytes { bytes in Array(try inflation.inflate(bytes)) }
    #expect(whole == text)
    #expect(throws: MillraceError.self) { try Array(framed.dropLast()).withUnsafeBytes { bytes in _ = try inflation.inflate(bytes) } }
  }
}
