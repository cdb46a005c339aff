import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct NumberTypeTests {
  @Test("Whole numbers have the width and the sign of their column") func wholes() {
    #expect(Decoding(.tinyint).row(.tiny, "80") == .integer(-128))
    #expect(Decoding(.tinyint) { $0.isUnsigned = true }.row(.tiny, "80") == .integer(128))
    #expect(Decoding(.smallint).row(.short, "0080") == .integer(-32768))
    #expect(Decoding(.mediumint).row(.int24, "000080") == .integer(-8_388_608))
    #expect(Decoding(.mediumint) { $0.isZerofill = true }.row(.int24, "ffffff") == .integer(16_777_215))
    #expect(Decoding(.int).row(.long, "ffffffff") == .integer(-1))
    #expect(Decoding(.int) { $0.isUnsigned = true }.row(.long, "ffffffff") == .integer(4_294_967_295))
    #expect(Decoding(.bigint).row(.longlong, "0000000000000080") == .integer(.min))
    #expect(Decoding(.int) { $0.isZerofill = true }.text("00000042") == .integer(42))
    #expect(Decoding(.bigint).text("-9223372036854775808") == .integer(.min))
    #expect(Decoding(.year).row(.year, "63") == .integer(1999))
    #expect(Decoding(.year).row(.year, "00") == .integer(0))
    #expect(Decoding(.year).text("0000") == .integer(0))
  }

  @Test("A BIGINT UNSIGNED wraps, or is a decimal") func unsignedBigint() {
    let wrapped = Decoding(.bigint) { $0.isUnsigned = true }
    #expect(wrapped.row(.longlong, "ffffffffffffffff") == .integer(-1))
    #expect(wrapped.text("18446744073709551615") == .integer(-1))
    let precise = wrapped.with { $0.unsignedBigints = .precise }
    #expect(precise.row(.longlong, "ffffffffffffffff") == .bytes([0, 255, 255, 255, 255, 255, 255, 255, 255]))
    #expect(precise.text("18446744073709551615") == .bytes([0, 255, 255, 255, 255, 255, 255, 255, 255]))
    #expect(precise.row(.longlong, "0100000000000000") == .integer(1))
  }

  @Test("What is no number of the column fails") func malformedNumbers() {
    #expect(Decoding(.int).text("") == nil)
    #expect(Decoding(.int).text("1x") == nil)
    #expect(Decoding(.int) { $0.isUnsigned = true }.text("-1") == nil)
    #expect(Decoding(.bigint).text("18446744073709551615") == nil)
    #expect(Decoding(.int).row(.long, "ffffff") == nil)
    #expect(Decoding(.varchar).row(.long, "ffffffff") == nil)
  }

  @Test("Decimals of the log and of a result are the same") func decimals() {
    func each(_ precision: Int, _ scale: Int, _ hex: String, _ text: String, _ precise: Value, _ double: Double) {
      let decimal = Decoding(.decimal, length: precision, scale: scale)
      #expect(decimal.row(.newdecimal, size: precision, scale: scale, hex) == precise)
      #expect(decimal.text(text) == precise)
      let string = decimal.with { $0.decimals = .string }
      #expect(string.row(.newdecimal, size: precision, scale: scale, hex) == .text(text))
      #expect(string.text(text) == .text(text))
      let float = decimal.with { $0.decimals = .double }
      #expect(float.row(.newdecimal, size: precision, scale: scale, hex) == .float(double))
      #expect(float.text(text) == .float(double))
    }
    each(12, 2, "7ef204c72df3", "-1234567890.12", .integer(-123_456_789_012), -1_234_567_890.12)
    each(20, 0, "8c149aa4350dfb38d2", "12345678901234567890", .bytes([0, 0xAB, 0x54, 0xA9, 0x8C, 0xEB, 0x1F, 0x0A, 0xD2]), 0x1.56a95319d63e1p63)
    each(9, 9, "875bcd15", "0.123456789", .integer(123_456_789), 0.123456789)
    each(4, 1, "8000 00", "0.0", .integer(0), 0)
    let long = Decoding(.decimal, length: 65, scale: 30)
    let hex = "7ffffffffffffff3eb655bcaf204c72dfffffffffffffffffffffffffffe"
    #expect(long.with { $0.decimals = .string }.row(.newdecimal, size: 65, scale: 30, hex)
      == .text("-12345678901234567890.000000000000000000000000000001"))
    #expect(long.row(.newdecimal, size: 65, scale: 30, hex) == long.text("-12345678901234567890.000000000000000000000000000001"))
    #expect(Decoding(.decimal, length: 8, scale: 3).with { $0.decimals = .string }.text("00001.500") == .text("1.500"))
  }

  @Test("Single precision stays single; FLOAT(M,D) is what its digits say") func floats() {
    #expect(Decoding(.float).row(.float, size: 4, "0000c03f") == .float(1.5))
    #expect(Decoding(.float).text("3.4028234663852886e38") == .float(Double(Float.greatestFiniteMagnitude)))
    #expect(Decoding(.float, length: 7, scale: 2).row(.float, size: 4, "aee64046") == .float(12345.67))
    #expect(Decoding(.double).row(.double, size: 8, "000000000000f83f") == .float(1.5))
    #expect(Decoding(.float).mapping.kind == .float32)
    #expect(Decoding(.float, length: 53).mapping.kind == .float64)
  }

  @Test("BIT(1) is a boolean, more are bytes with the lowest first") func bits() {
    #expect(Decoding(.bit, length: 1).row(.bit, size: 1, "01") == .boolean(true))
    #expect(Decoding(.bit, length: 9).row(.bit, size: 9, "0101") == .bytes([1, 1]))
    #expect(Decoding(.bit, length: 33).row(.bit, size: 33, "0180000002") == .bytes([2, 0, 0, 0x80, 1]))
    #expect(Decoding(.bit, length: 2).text("\u{2}") == .bytes([2]))
  }
}
