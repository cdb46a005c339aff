import MillraceCore
import Testing

@testable import MillracePostgres

struct CopyRowDecoderTests {
  private static let shape = tableShape(
    "public", "t",
    [
      .init(name: "id", type: 23, modifier: -1, notNull: true), .init(name: "a", type: 25, modifier: -1, notNull: false),
      .init(name: "b", type: 25, modifier: -1, notNull: false),
    ], key: ["id"])

  private func decode(_ line: String, _ shape: TableShape = CopyRowDecoderTests.shape) throws -> Value {
    try decode(Array(line.utf8), shape)
  }

  private func decode(_ line: [UInt8], _ shape: TableShape = CopyRowDecoderTests.shape) throws -> Value {
    var batch = RecordBatch(capacity: 64)
    var decoder = CopyRowDecoder()
    let result: Result<Slot, MillraceError> = line.withUnsafeBytes { bytes in
      do throws(MillraceError) {
        return .success(try decoder.decode(bytes, shape, into: &batch))
      } catch {
        return .failure(error)
      }
    }
    return batch.value(try result.get())
  }

  private func row(_ a: Value, _ b: Value) -> Value { .structure([.integer(1), a, b]) }

  @Test func columnsAreSeparatedByTabs() throws {
    #expect(try decode("1\thé\tx y\n") == row(.text("hé"), .text("x y")))
  }

  @Test func theLineEndMayBeMissing() throws {
    #expect(try decode("1\ta\tb") == row(.text("a"), .text("b")))
  }

  @Test func emptyTextsAreNotNull() throws {
    #expect(try decode("1\t\t\n") == row(.text(""), .text("")))
    #expect(try decode("1\t\\N\t\n") == row(.null, .text("")))
    #expect(try decode("1\t\t\\N\n") == row(.text(""), .null))
    #expect(try decode("1\t\\N\t\\N\n") == row(.null, .null))
  }

  @Test func escapesAreUndone() throws {
    #expect(try decode(#"1"# + "\t" + #"\b\f\n\r\t\v\\"# + "\t" + #"\x\é"# + "\n") == row(.text("\u{8}\u{c}\n\r\t\u{b}\\"), .text("xé")))
  }

  @Test func aTextThatLooksLikeNullIsEscaped() throws {
    #expect(try decode("1\t\\\\N\tN\n") == row(.text("\\N"), .text("N")))
    #expect(try decode("1\tx\\\\N\t\\\\\n") == row(.text("x\\N"), .text("\\")))
  }

  @Test func anEscapeInOneColumnLeavesTheOthersAlone() throws {
    #expect(try decode("1\tplain\ta\\tb\n") == row(.text("plain"), .text("a\tb")))
    #expect(try decode("1\ta\\\\\tplain\n") == row(.text("a\\"), .text("plain")))
  }

  @Test func aBackslashAtTheEndStandsForItself() throws {
    #expect(try decode("1\ta\tb\\") == row(.text("a"), .text("b\\")))
    #expect(try decode("1\ta\t\\\n") == row(.text("a"), .text("\\")))
  }

  @Test func longEscapedValuesDoNotMix() throws {
    let long = String(repeating: "ab\\\\", count: 5000), plain = String(repeating: "ab\\", count: 5000)
    #expect(try decode("1\t\(long)\t\\\\\n") == row(.text(plain), .text("\\")))
  }

  @Test(arguments: ["", "\n", "1", "1\ta\n", "1\ta\tb\tc\n", "1\ta\tb\t\n", "1\t\\N\t\\N\t\\N\n"])
  func anotherNumberOfColumnsIsAnErrorThatNamesTheTable(_ line: String) {
    let error = #expect(throws: MillraceError.self) { try decode(line) }
    // An empty line has one empty column, which is no number.
    #expect(error?.code == "postgres.protocol" || line.isEmpty || line == "\n")
    #expect(error?.subject == "public.t")
  }

  @Test func aNullInARequiredColumnBecomesItsZero() throws {
    #expect(try decode("\\N\ta\tb\n") == .structure([.integer(0), .text("a"), .text("b")]))
  }

  @Test func aColumnWithoutMappingIsLeftOut() throws {
    let shape = tableShape(
      "public", "t",
      [
        .init(name: "odd", type: 999_999, modifier: -1, notNull: false), .init(name: "id", type: 23, modifier: -1, notNull: true),
        .init(name: "last", type: 999_999, modifier: -1, notNull: false),
      ], key: ["id"])
    #expect(try decode("(x\\\\)\t7\t\\N\n", shape) == .structure([.integer(7)]))
    #expect(throws: MillraceError.self) { try decode("x\t7\n", shape) }
  }

  @Test func anExcludedKeyColumnLiesBehindTheRow() throws {
    let shape = tableShape(
      "public", "t",
      [
        .init(name: "id", type: 23, modifier: -1, notNull: true), .init(name: "a", type: 25, modifier: -1, notNull: false),
        .init(name: "b", type: 25, modifier: -1, notNull: false),
      ], key: ["id"], without: "public.t.id,public.t.b")
    #expect(try decode("7\tx\ty\n", shape) == .structure([.text("x")]))
    #expect(shape.fieldCount == 1)
    #expect(shape.slotCount == 2)
    #expect(shape.keyFields == [1])
    #expect(shape.key?.fields.map(\.name) == ["id"])
  }

  @Test func aValueThatIsNotOfItsTypeNamesTableAndColumnAndNotTheValue() {
    let error = #expect(throws: MillraceError.self) { try decode("secret\ta\tb\n") }
    #expect(error?.subject == "public.t")
    #expect(error?.message.contains("column id") == true)
    #expect(error?.description.contains("secret") == false)
  }

  @Test func noBytesTrapTheDecoder() throws {
    var random = SeededGenerator(state: 23)
    let alphabet = Array("1\t\t\\\\Nnab\n.x0".utf8)
    var rows = 0
    for round in 0..<20_000 {
      var line: [UInt8] = round % 2 == 0 ? [] : Array("1\t".utf8)
      for _ in 0..<Int.random(in: 0...16, using: &random) {
        line.append(round % 5 == 0 ? UInt8.random(in: 0...255, using: &random) : alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
      }
      if case .structure(let fields)? = try? decode(line) {
        #expect(fields.count == 3)
        rows += 1
      }
    }
    #expect(rows > 1000)
  }
}
