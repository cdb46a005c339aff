import MillraceCore
import Testing

struct RecordBatchTests {
  private static let values: [Value] = [
    .null, .unavailable, .boolean(true), .boolean(false), .integer(.min), .integer(.max), .integer(0), .float(-0.5),
    .float(.infinity), .text(""), .text("ü😀\u{0}x"), .bytes([]), .bytes([0, 255, 10]), .structure([]), .array([]), .map([]),
    .structure([.integer(1), .structure([.text("a"), .null]), .array([.text("b"), .unavailable])]),
    .array([.array([.integer(1)]), .array([])]),
    .map([Value.Pair(.text("k"), .structure([.bytes([1])])), Value.Pair(.text("l"), .null)]),
  ]

  @Test(arguments: values) func aValueComesBackAsItWasWritten(_ value: Value) {
    var batch = RecordBatch(capacity: 64)
    _ = batch.slot(.array([.text("before"), .integer(1)]))
    let slot = batch.slot(value)
    _ = batch.slot(.array([.text("behind"), .integer(2)]))
    let read = batch.value(slot)
    #expect(read == value)
  }

  @Test func fieldsOfAStructureAreReachedByTheirPlace() {
    var batch = RecordBatch(capacity: 64)
    let slot = batch.slot(.structure([.integer(5), .text("x")]))
    let first = batch.field(0, of: slot).integer
    let second = batch.string(batch.field(1, of: slot))
    #expect(first == 5)
    #expect(second == "x")
  }

  @Test func topicsAndHeaderNamesStandOnceAndSchemasByTheirIdentity() {
    var batch = RecordBatch(capacity: 64)
    let one = Schema(.int32), two = Schema(.int32)
    let topics = ["a", "b", "a"].map { batch.intern(topic: $0) }
    let names = ["x", "x", "y"].map { batch.intern(headerName: $0) }
    let schemas = [one, two, one].map { batch.intern(schema: $0) }
    let known = batch.topics
    #expect(topics == [0, 1, 0])
    #expect(names == [0, 0, 1])
    #expect(schemas == [0, 1, 0])
    #expect(known == ["a", "b"])
  }

  @Test func aResetEmptiesEverythingAndChangesTheGeneration() {
    var batch = RecordBatch(capacity: 64)
    let before = batch.generation
    let slot = batch.slot(.structure([.text("abc")]))
    batch.headers.append(Header(name: batch.intern(headerName: "h"), schema: batch.intern(schema: .string), value: slot))
    batch.records.append(
      Record(
        topic: batch.intern(topic: "t"), keySchema: Record.noSchema, key: .null, valueSchema: 0, value: slot, firstHeader: 0,
        headerCount: 1, order: .init(commit: 1, ordinal: 0)))
    let filled = batch.byteCount
    #expect(filled >= 3 + MemoryLayout<Slot>.stride + MemoryLayout<Header>.stride + MemoryLayout<Record>.stride)
    batch.reset()
    let empty = batch.byteCount
    let tables = batch.topics.count + batch.schemas.count + batch.headerNames.count
    let after = batch.generation
    #expect(empty == 0)
    #expect(tables == 0)
    #expect(after != before)
  }

  @Test func noTwoFillsHaveOneGeneration() {
    var seen: Set<UInt64> = []
    var first = RecordBatch(capacity: 64), second = RecordBatch(capacity: 64)
    for _ in 0..<100 {
      seen.insert(first.generation)
      seen.insert(second.generation)
      first.reset()
      second.reset()
    }
    #expect(seen.count == 200)
  }

  @Test func aResetGivesTheMemoryOfAHugeRowBack() {
    var batch = RecordBatch(capacity: 64)
    _ = batch.slot(.bytes([UInt8](repeating: 7, count: 3 << 20)))
    batch.reset(keeping: 1 << 20)
    let capacity = batch.arena.capacity
    #expect(capacity <= 1 << 20)
    let slot = batch.slot(.text("still usable"))
    let text = batch.string(slot)
    #expect(text == "still usable")
  }
}

struct SlotTests {
  @Test func aSlotIsSixteenBytes() { #expect(MemoryLayout<Slot>.stride == 16) }

  @Test func numbersAreInline() {
    #expect(Slot.integer(.min).integer == .min)
    #expect(Slot.integer(-1).integer == -1)
    #expect(Slot.float(-0.0).float.sign == .minus)
    #expect(Slot.float(.nan).float.isNaN)
    #expect(Slot.boolean(true).boolean)
    #expect(!Slot.boolean(false).boolean)
  }

  @Test func nullAndUnavailableAreDifferent() {
    #expect(Slot.null.isNull)
    #expect(!Slot.unavailable.isNull)
    #expect(Slot.unavailable.kind == .unavailable)
  }
}

struct ByteArenaTests {
  private func text(_ arena: borrowing ByteArena) -> String { arena.withBytes { String(decoding: $0, as: UTF8.self) } }

  @Test func signedNumbersAreWrittenInDecimal() {
    for value in [0, 1, -1, 9, 10, 99, 100, -100, .max, .min, .max - 1, .min + 1] + powers.map({ Int64($0) }) {
      var arena = ByteArena(capacity: 64)
      arena.append(decimal: value)
      let written = text(arena)
      #expect(written == String(value))
    }
  }

  @Test func unsignedNumbersAreWrittenInDecimal() {
    let large: [UInt64] = [.max, .max - 1, 10_000_000_000_000_000_000, 9_999_999_999_999_999_999, 0]
    for value in large + powers.map({ UInt64($0) }) {
      var arena = ByteArena(capacity: 64)
      arena.append(decimal: value)
      let written = text(arena)
      #expect(written == String(value))
    }
  }

  /// Each power of ten and the number before it.
  private var powers: [Int] { (0...18).flatMap { exponent in [(0..<exponent).reduce(1) { n, _ in n * 10 }].flatMap { [$0, $0 - 1] } } }

  @Test func numbersFitAtTheEndOfTheRoom() {
    for filled in 40...64 {
      var arena = ByteArena(capacity: 64)
      arena.append([UInt8](repeating: UInt8(ascii: "x"), count: filled))
      arena.append(decimal: Int64.min)
      arena.append(decimal: UInt64.max)
      let written = text(arena)
      #expect(written == String(repeating: "x", count: filled) + "-922337203685477580818446744073709551615")
    }
  }

  @Test func growthKeepsTheContent() {
    var arena = ByteArena(capacity: 64)
    var expected: [UInt8] = []
    for index in 0..<10_000 {
      arena.append(UInt8(truncatingIfNeeded: index))
      expected.append(UInt8(truncatingIfNeeded: index))
    }
    arena.append(expected)
    arena.append("tail" as String)
    arena.append("end" as StaticString)
    let bytes = arena.withBytes { Array($0) }
    #expect(bytes == expected + expected + Array("tailend".utf8))
  }

  @Test func truncationCutsAndOverwritingKeepsTheRest() {
    var arena = ByteArena(capacity: 64)
    arena.append("abcdef" as String)
    arena.truncate(to: 4)
    arena.set(UInt8(ascii: "X"), at: 1)
    let written = text(arena)
    let middle = arena.withBytes(at: 1, length: 2) { String(decoding: $0, as: UTF8.self) }
    #expect(written == "aXcd")
    #expect(middle == "Xc")
  }

  @Test func removalKeepsOrGivesBackTheMemory() {
    var arena = ByteArena(capacity: 64)
    arena.append([UInt8](repeating: 1, count: 100_000))
    let large = arena.capacity
    arena.removeAll()
    let kept = arena.capacity
    arena.removeAll(keeping: 1000)
    let given = arena.capacity
    let count = arena.count
    #expect(kept == large)
    #expect(given == 1000)
    #expect(count == 0)
  }
}

struct BufferTests {
  private func content(_ buffer: borrowing Buffer<Int>) -> [Int] { (0..<buffer.count).map { buffer[$0] } }

  @Test func growthKeepsTheContent() {
    var buffer = Buffer<Int>(capacity: 1)
    for index in 0..<1000 { buffer.append(index) }
    let all = content(buffer)
    #expect(all == Array(0..<1000))
  }

  @Test func runsAreAppendedAndTellWhereTheyBegin() {
    var buffer = Buffer<Int>(capacity: 8)
    buffer.append(1)
    let repeated = buffer.append(repeating: 7, count: 20)
    buffer[repeated + 1] = 8
    let copied = buffer.append(copyOf: 0, count: 3)
    let none = buffer.append(repeating: 0, count: 0)
    let all = content(buffer)
    #expect(repeated == 1)
    #expect(copied == 21)
    #expect(none == 24)
    #expect(all == [1, 7, 8] + [Int](repeating: 7, count: 18) + [1, 7, 8])
  }

  @Test func aCopyOfARunSurvivesTheGrowthThatItCauses() {
    var buffer = Buffer<Int>(capacity: 8)
    for index in 0..<8 { buffer.append(index) }
    let copied = buffer.append(copyOf: 0, count: 8)
    let all = content(buffer)
    #expect(copied == 8)
    #expect(all == Array(0..<8) + Array(0..<8))
  }

  @Test func truncationAndRemovalForget() {
    var buffer = Buffer<Int>(capacity: 8)
    for index in 0..<100 { buffer.append(index) }
    buffer.truncate(to: 2)
    let cut = content(buffer)
    buffer.removeAll(keeping: 10)
    let isEmpty = buffer.isEmpty
    buffer.append(5)
    let again = content(buffer)
    #expect(cut == [0, 1])
    #expect(isEmpty)
    #expect(again == [5])
  }
}
