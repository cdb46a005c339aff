import MillraceCore
import Testing

@testable import MillraceMySQL

@Suite struct JSONTypeTests {
  private let json = Decoding(.json)
  private let document =
    "61000000 00050060002700010028000100290001002a0001002b000100022c000501000b49000a51000c59006162646e7305001d000501000b13000400000401000c1b00000000000000044001787dc39425ad49b254d20a1feb8ca954ab0671220a01c3a9"
  private let opaque =
    "58000000 02080057000f1c000f26000f30000f3a000f4300074700074b00094f000a080000000000bab2190c0820a1078fd3bab2190b08702ffcbdbff9fffff6070b027ffffffecd0f0200ffffff0000ff7fffff0000008000000000"

  @Test("A document is written without blanks") func documents() {
    #expect(json.row(.json, size: 4, document) == .text(
      #"{"a":[1,2.5,null,true,"x"],"b":1,"d":10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104,"n":12345678901234567890,"s":"q\"\n\u0001é"}"#))
    #expect(json.text(#"{"a": 1}"#) == .text(#"{"a": 1}"#))
    #expect(json.row(.json, size: 4, "00000000") == .null)
  }

  @Test("Values of the server's other types are what they mean") func opaqueValues() {
    #expect(json.row(.json, size: 4, opaque) == .text(
      #"["2024-02-29","2024-02-29 13:14:15.5","-100:01:02.25",-1.50,"AP8=",65535,-32769,2147483648]"#))
  }

  @Test("A decimal of 65 digits counts those of its groups") func largeDecimals() {
    let nines = String(repeating: "3b9ac9ff", count: 7)
    #expect(json.row(.json, size: 4, "2c000000 02 0100 2b00 0f 0700 f6 22 48 00 80000063" + nines) == .text("[\(String(repeating: "9", count: 65))]"))
  }

  @Test("Damage is told, and nothing is read outside") func damage() {
    for whole in [document, opaque] {
      let bytes = Decoding.bytes(String(whole.dropFirst(9)))
      for length in 1..<bytes.count {
        let cut = [UInt8(length), 0, 0, 0] + bytes.prefix(length)
        let hex = cut.map { byte in "\(String(byte >> 4, radix: 16))\(String(byte & 15, radix: 16))" }.joined()
        #expect(json.row(.json, size: 4, hex) == nil, "\(length)")
      }
    }
    // A value that would hold itself.
    #expect(json.row(.json, size: 4, "08000000 02 0100 0700 02 0000") == nil)
  }

  @Test("Doubles have no exponent") func doubles() {
    for (value, text) in [
      (0.1, "0.1"), (-0.0, "-0.0"), (100, "100.0"), (1e21, "1000000000000000000000"), (1e7, "10000000"), (9_999_999, "9999999.0"),
      (1e-7, "0.0000000999999999999999954748111825886258685613938723690807819366455078125"), (-1.5e300, nil), (.leastNonzeroMagnitude, nil), (0.001, "0.001"),
      (0.0001, "0.000100000000000000004792173602385929598312941379845142364501953125"),
    ] as [(Double, String?)] {
      var arena = ByteArena()
      BinaryJSON.append(value, to: &arena)
      let written = arena.withBytes { String(decoding: $0, as: UTF8.self) }
      if let text { #expect(written == text) }
      #expect(Double(written) == value)
    }
  }
}

@Suite struct JSONDiffTests {
  /// The changes of the log applied to a document `{"a":[1,2.5,null,true,"x"],"b":1,…}`.
  private func changed(_ before: String, _ changes: String) -> String? {
    var arena = ByteArena()
    let isGood = Decoding.bytes(before).withUnsafeBytes { before in
      Decoding.bytes(changes).withUnsafeBytes { JSONDiff.apply($0, to: before, into: &arena) }
    }
    return isGood ? arena.withBytes { String(decoding: $0, as: UTF8.self) } : nil
  }

  /// `{"a":[1,2]}`
  private let before = "00 0100 1600 0b00 0100 02 0c00 61 0200 0a00 05 0100 05 0200"

  @Test("Changes replace, insert and remove") func changes() {
    #expect(changed(before, "") == #"{"a":[1,2]}"#)
    #expect(changed(before, "00 03 242e61 03 05 0700") == #"{"a":7}"#)
    #expect(changed(before, "00 06 242e615b315d 03 05 0700") == #"{"a":[1,7]}"#)
    #expect(changed(before, "01 06 242e615b305d 03 05 0700") == #"{"a":[7,1,2]}"#)
    #expect(changed(before, "01 03 242e62 03 05 0700") == #"{"a":[1,2],"b":7}"#)
    #expect(changed(before, "02 06 242e615b305d") == #"{"a":[2]}"#)
    #expect(changed(before, "01 07 242e2262206322 03 05 0700") == #"{"a":[1,2],"b c":7}"#)
  }

  @Test("What does not fit is told") func misfits() {
    #expect(changed(before, "02 03 242e62") == nil)
    #expect(changed(before, "00 06 242e615b395d 03 05 0700") == nil)
    #expect(changed(before, "03 03 242e61") == nil)
    #expect(changed(before, "00 03 242e61 09 05 0700") == nil)
    #expect(changed(before, "00 fc 03") == nil)
    #expect(changed("00", "") == nil)
  }
}
