import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct StringTypeTests {
  @Test("Texts of the log come out of the set of their column") func charsets() {
    for (charset, hex, text) in [
      ("gbk", "04 babad7d6", "汉字"), ("utf8mb4", "02 c3a9", "é"), ("gb18030", "0c 9d68a2e39439fc368135ee34", "漢€😀Ḁ"),
      ("ujis", "08 a5abb4c18ec5d0be", "カ漢ﾅ仂"), ("swe7", "03 5d5b5c", "ÅÄÖ"), ("latin1", "03 e98081", "é€\u{81}"),
      ("utf16", "06 6f22d83dde00", "漢😀"), ("utf16le", "02 226f", "漢"), ("utf32", "08 00006f220001f600", "漢😀"), ("ucs2", "02 6f22", "漢"),
      ("ascii", "02 61ff", "a?"), ("sjis", "03 835c5c", "ソ\\"), ("sjis", "04 b6c58abf", "ｶﾅ漢"), ("cp932", "05 b6c58740df", "ｶﾅ①ﾟ"), ("cp1251", "02 eff0", "пр"), ("gbk", "03 61baff", "a?"), ("gbk", "01 ba", "?"),
      ("utf8mb3", "02 c3a9", "é"), ("eucjpms", "03 8fb0a1", "丂"),
    ] {
      let column = Decoding(.varchar, length: 20) { $0.charset = charset }
      #expect(column.row(.varchar, size: 20, hex) == .text(text), "\(charset)")
    }
    let known = Set(Charset.allCases.map { "\($0)" })
    for charset in known { #expect(Charset(name: charset) != nil) }
    #expect(Charset(name: "klingon") == nil)
  }

  @Test("The length of a text takes one byte or two") func lengths() {
    #expect(Decoding(.varchar, length: 300).row(.varchar, size: 300, "0100 61") == .text("a"))
    #expect(Decoding(.char, length: 200).row(.string, size: 800, "0200 c3a9") == .text("é"))
    #expect(Decoding(.longtext).row(.blob, size: 4, "01000000 61") == .text("a"))
    #expect(Decoding(.longtext).row(.blob, size: 4, "02000000 61") == nil)
    #expect(Decoding(.varchar, length: 300).row(.varchar, size: 300, "01") == nil)
  }

  @Test("A BINARY has its zeros back, in each mode") func binaries() {
    let binary = Decoding(.binary, length: 4)
    #expect(binary.row(.string, size: 4, "01 61") == .bytes([0x61, 0, 0, 0]))
    #expect(binary.with { $0.binaries = .hex }.row(.string, size: 4, "01 61") == .text("61000000"))
    #expect(binary.with { $0.binaries = .base64 }.row(.string, size: 4, "01 61") == .text("YQAAAA=="))
    let blob = Decoding(.blob)
    #expect(blob.row(.blob, size: 2, "0300 fbff3e") == .bytes([0xFB, 0xFF, 0x3E]))
    #expect(blob.with { $0.binaries = .base64URLSafe }.row(.blob, size: 2, "0300 fbff3e") == .text("-_8-"))
    #expect(Decoding(.varchar, length: 10) { $0.charset = "binary" }.row(.varchar, size: 10, "01 ff") == .bytes([0xFF]))
  }

  @Test("ENUM and SET are their members") func members() {
    let choice = Decoding(.enum) { $0.members = ["a", "b,c"] }
    #expect(choice.row(.enum, size: 1, "02") == .text("b,c"))
    #expect(choice.row(.enum, size: 2, "0100") == .text("a"))
    #expect(choice.row(.enum, size: 1, "00") == .text(""))
    #expect(choice.row(.enum, size: 1, "03") == .null)
    #expect(choice.text("b,c") == .text("b,c"))
    #expect(choice.mapping.parameters == [Schema.Parameter("allowed", "a,b\\,c")])
    let several = Decoding(.set) { $0.members = ["x", "y", "z"] }
    #expect(several.row(.set, size: 1, "05") == .text("x,z"))
    #expect(several.row(.set, size: 1, "00") == .text(""))
  }

  @Test("A POINT has its coordinates beside its WKB; a vector is an array") func shapesAndVectors() {
    let wkb = Decoding.bytes("0101000000000000000000f83f00000000000000c0")
    #expect(Decoding(.point).row(.geometry, size: 4, "19000000 110f0000 0101000000000000000000f83f00000000000000c0")
      == .structure([.float(1.5), .float(-2), .bytes(wkb), .integer(3857)]))
    #expect(Decoding(.geometry).row(.geometry, size: 4, "19000000 00000000 0101000000000000000000f83f00000000000000c0")
      == .structure([.bytes(wkb), .null]))
    #expect(Decoding(.point).row(.geometry, size: 4, "05000000 0000000001") == nil)
    #expect(Decoding(.vector).row(.vector, size: 4, "08000000 0000803f00002040") == .array([.float(1), .float(2.5)]))
    #expect(Decoding(.vector).row(.vector, size: 4, "03000000 000080") == nil)
  }

  @Test("MariaDB's addresses and identifiers are written as the server writes them") func addresses() {
    #expect(Decoding(.uuid).row(.string, size: 16, "10 c0ffee00123456789abcdef012345678") == .text("c0ffee00-1234-5678-9abc-def012345678"))
    #expect(Decoding(.uuid).row(.string, size: 16, "00") == .text("00000000-0000-0000-0000-000000000000"))
    #expect(Decoding(.inet4).row(.string, size: 4, "00") == .text("0.0.0.0"))
    #expect(Decoding(.inet4).row(.string, size: 4, "04 c0a80001") == .text("192.168.0.1"))
    let inet6 = Decoding(.inet6)
    for (hex, text) in [
      ("20010db8000000000000000000000001", "2001:db8::1"), ("00000000000000000000000000000000", "::"),
      ("00000000000000000000ffffc0a80001", "::ffff:192.168.0.1"), ("00010000000000000000000000000000", "1::"), ("00010000000000020000000000000003", "1:0:0:2::3"),
      ("00000000000000000000000001020304", "::1.2.3.4"),
      ("ffffffffffffffffffffffffffffffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ] { #expect(inet6.row(.string, size: 16, "10" + hex) == .text(text)) }
  }
}
