import MillraceCore
import MillraceFormats
import Testing

@Suite struct FloatTextTests {
  let plain = JSONConverter(schemas: false)

  /// Bits and what Java's `Double.toString` writes. Where releases before 19 printed more digits than needed (2E23), those since.
  @Test(arguments: [
    (118622047889322841, "1.0E-300"), (4609434218613702656, "1.5"), (4636737291354636288, "100.0"),
    (4711630319722168320, "1.0E7"), (4711630319185297408, "9999999.0"), (4712889646492470477, "1.23456789E7"),
    (4562254508917369340, "0.001"), (4562254462800509156, "9.9999E-4"), (4591870180066957722, "0.1"),
    (4599075939470750515, "0.3"), (4599676419421066581, "0.3333333333333333"), (4613303445314885481, "2.718281828459045"),
    (1, "4.9E-324"), (3, "1.5E-323"), (9218868437227405311, "1.7976931348623157E308"),
    (4503599627370496, "2.2250738585072014E-308"), (9223372036854775808, "-0.0"), (0, "0.0"),
    (4683220299150161609, "123456.789"), (4936209963552724370, "1.0E22"), (4845873199050653696, "9.007199254740992E15"),
    (4841369599423283202, "4.503599627370498E15"), (4532610879421294242, "1.1E-5"), (13837625107069764895, "-3.14"),
    (4542503522391573293, "5.0E-5"), (4921056587992461136, "1.0E21"), (4698053236609777664, "1234567.0"),
    (4756540486875873280, "1.0E10"), (4772899269882707968, "1.234567890125E11"),
    (4503599627370495, "2.225073858507201E-308"), (4602678819172646912, "0.5"), (4636736587667194511, "99.99"),
    (4562254508917369340, "0.001"), (4469837215314003459, "7.0E-10"), (4566758108544739836, "0.002"),
    (4_955_416_454_957_714_166, "2.0E23"), (2, "9.9E-324"), (4_934_958_393_344_299_186, "8.41E21"),
    (4_950_912_855_330_343_670, "1.0E23"),
  ] as [(UInt64, String)])
  func doublesAreWrittenAsJavaDoes(_ bits: UInt64, _ expected: String) throws {
    #expect(try converted(.float(Double(bitPattern: bits)), .float64, by: plain) == expected)
  }

  /// Since release 19, as above.
  @Test(arguments: [
    (1069547520, "1.5"), (1036831949, "0.1"), (1050253722, "0.3"), (1343554297, "1.0E10"), (1, "1.4E-45"), (2, "2.8E-45"),
    (2139095039, "3.4028235E38"), (8388608, "1.1754944E-38"), (1266679808, "1.6777216E7"), (8388608, "1.1754944E-38"),
    (2139095039, "3.4028235E38"), (981668463, "0.001"), (1259902591, "9999999.0"), (1259902592, "1.0E7"),
    (1275068416, "3.3554432E7"), (1342177280, "8.589935E9"), (925353388, "1.0E-5"), (1075838976, "2.5"),
    (3236115251, "-7.1"), (1206984805, "123456.79"), (2147483648, "-0.0"),
  ] as [(UInt32, String)])
  func floatsAreWrittenAsJavaDoes(_ bits: UInt32, _ expected: String) throws {
    #expect(try converted(.float(Double(Float(bitPattern: bits))), .float32, by: plain) == expected)
  }

  @Test func whatIsNoNumberIsText() throws {
    #expect(try converted(.float(.nan), .float64, by: plain) == "\"NaN\"")
    #expect(try converted(.float(-.infinity), .float64, by: plain) == "\"-Infinity\"")
    #expect(try converted(.float(.infinity), .float32, by: plain) == "\"Infinity\"")
  }

  @Test func everyNumberReadsBackAndHasNoMoreDigitsThanNeeded() throws {
    var random = Random(seed: 42)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      let text = try #require(try converted(.float(value), .float64, by: plain))
      #expect(Double(text) == value)
      #expect(digits(text) <= max(2, digits(value.description)), "\(text) \(value)")
      let small = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      guard small.isFinite else { continue }
      let short = try #require(try converted(.float(Double(small)), .float32, by: plain))
      #expect(Float(short) == small)
      #expect(digits(short) <= max(2, digits(small.description)), "\(short) \(small)")
    }
  }

  private func digits(_ text: String) -> Int {
    var mantissa = text.prefix { $0 != "e" && $0 != "E" }.filter(\.isNumber)
    while mantissa.hasSuffix("0") { mantissa.removeLast() }
    return mantissa.drop { $0 == "0" }.count
  }
}

/// SplitMix64: the same numbers in every run.
struct Random: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
