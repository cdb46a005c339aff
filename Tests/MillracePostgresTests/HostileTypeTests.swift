import MillraceCore
import Testing

@testable import MillracePostgres

/// A generator whose numbers are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Decodes and reads the whole value back, so that a slot that points outside of the batch would trap here.
private func survives(_ bytes: [UInt8], _ codec: ColumnCodec, _ batch: inout RecordBatch) -> Bool {
  let slot = bytes.withUnsafeBytes { try? codec.decode($0, into: &batch) }
  guard let slot else { return true }
  return batch.value(slot) != .unavailable
}

private let everyForm: [ColumnCodec] = {
  let plain = ColumnCodec.Form.allCases.map { ColumnCodec($0, parameter: 3) }
  return plain + plain.filter(\.isScalar).map { ColumnCodec(arrayOf: $0, optionalElements: true) }
}()

@Test func everyPrefixOfAProperTextGivesAValueOrATypedFailure() throws {
  var batch = RecordBatch(capacity: 64)
  for sample in Sample.all + Sample.temporal + Sample.arrays {
    let codec = try codec(sample.oid, sample.typmod)
    let bytes = Array(sample.text.utf8)
    for length in 0...bytes.count {
      batch.reset()
      #expect(survives(Array(bytes[..<length]), codec, &batch))
    }
  }
}

@Test func noBytesTrapACodec() {
  var random = SeededGenerator(state: 7)
  var batch = RecordBatch(capacity: 64)
  let alphabet = Array("0123456789-+.:, {}\"\\[]=>()NULaninfityBCTZeE$xtf€".utf8)
  for round in 0..<3000 {
    let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
      round % 4 == 0 ? UInt8.random(in: 0...255, using: &random) : alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
    }
    for codec in everyForm {
      batch.reset()
      #expect(survives(bytes, codec, &batch))
    }
  }
}

@Test func noDamagedTextTrapsACodec() throws {
  var random = SeededGenerator(state: 11)
  var batch = RecordBatch(capacity: 64)
  for sample in Sample.all + Sample.temporal + Sample.arrays where !sample.text.isEmpty {
    let codec = try codec(sample.oid, sample.typmod)
    for _ in 0..<40 {
      var bytes = Array(sample.text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      batch.reset()
      #expect(survives(bytes, codec, &batch))
    }
  }
}

/// Big-endian two's complement of a decimal string, digit by digit in base 256: slow and plain.
private func reference(_ digits: [UInt8], negative: Bool) -> [UInt8] {
  var magnitude: [UInt8] = [0]  // little-endian
  for digit in digits {
    var carry = Int(digit)
    for index in magnitude.indices {
      let value = Int(magnitude[index]) * 10 + carry
      magnitude[index] = UInt8(value & 0xFF)
      carry = value >> 8
    }
    if carry > 0 { magnitude.append(UInt8(carry)) }
  }
  magnitude.append(0)
  if negative {
    var carry = 1
    for index in magnitude.indices {
      let value = Int(~magnitude[index]) + carry
      magnitude[index] = UInt8(value & 0xFF)
      carry = value >> 8
    }
  }
  var bytes = Array(magnitude.reversed())
  while bytes.count > 1, (bytes[0] == 0 && bytes[1] < 128) || (bytes[0] == 255 && bytes[1] >= 128) { bytes.removeFirst() }
  return bytes
}

@Test func decimalsOfAnySizeAgreeWithSchoolArithmetic() throws {
  var random = SeededGenerator(state: 3)
  for round in 0..<600 {
    let scale = Int.random(in: 0...(round % 3 == 0 ? 60 : 6), using: &random)
    let whole = Int.random(in: 1...(round % 5 == 0 ? 400 : 24), using: &random)
    let fraction = Int.random(in: 0...scale, using: &random)
    let digits = (0..<whole + fraction).map { _ in UInt8.random(in: 0...9, using: &random) }
    let isNegative = Bool.random(using: &random)
    var text = (isNegative ? "-" : "") + digits[..<whole].map { String($0) }.joined()
    if fraction > 0 { text += "." + digits[whole...].map { String($0) }.joined() }
    let expected = reference(digits + [UInt8](repeating: 0, count: scale - fraction), negative: isNegative)
    switch try decoded(text, ColumnCodec(.decimal, parameter: scale)) {
    case .integer(let value):
      let bytes = withUnsafeBytes(of: value.bigEndian) { Array($0) }
      #expect(expected.count <= 8)
      #expect(bytes.suffix(expected.count) == expected[...], "\(text) at \(scale)")
    case .bytes(let bytes): #expect(bytes == expected, "\(text) at \(scale)")
    default: Issue.record("neither a number nor bytes")
    }
  }
}

@Test func doublesReadBackAsTheyWereWritten() throws {
  var random = SeededGenerator(state: 5)
  for _ in 0..<20_000 {
    let value = Double(bitPattern: random.next())
    guard value.isFinite else { continue }
    #expect(try decoded("\(value)", ColumnCodec(.float8)) == .float(value))
    let single = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    guard single.isFinite else { continue }
    #expect(try decoded("\(single)", ColumnCodec(.float4)) == .float(Double(single)))
  }
}
