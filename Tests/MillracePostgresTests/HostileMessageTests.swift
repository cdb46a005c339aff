import MillraceCore
import Testing

@testable import MillracePostgres

/// What a damaged or malicious server sends: a typed error or a record, never a trap.
struct HostileMessageTests {
  private static let row: [PgOutput.Cell] = [.text("1"), .text("héllo"), .text("-7")]

  /// One message of each kind and form.
  static let messages: [[UInt8]] = [
    PgOutput.begin(900), PgOutput.commit(900, end: 950), PgOutput.origin("other", 7), PgOutput.table, PgOutput.full, PgOutput.skipped,
    PgOutput.insert(1, row), PgOutput.update(1, row), PgOutput.update(2, old: ("O", row), [.text("2"), .unchanged, .null]),
    PgOutput.update(4, old: ("K", [.text("a"), .null, .text("1")]), [.text("b"), .unchanged, .text("1")]),
    PgOutput.delete(1, "K", [.text("1"), .null, .null]), PgOutput.delete(2, "O", row), PgOutput.truncate([1, 2, 3]),
    PgOutput.message("app", "content", lsn: 5, isTransactional: true), PgOutput.message("app", "content", lsn: 5, isTransactional: false),
  ]

  private func feed() throws -> Feed {
    let feed = Feed(headers: ContextHeaders(logicalName: "srv", connector: "postgresql", runID: "r"))
    try feed.take(PgOutput.relations)
    try feed.take(PgOutput.begin(900))
    return feed
  }

  @Test(arguments: messages) func aMessageThatEndsTooEarlyIsATypedErrorAtEveryLength(_ message: [UInt8]) throws {
    for length in 0..<message.count {
      let feed = try feed()
      let error = #expect(throws: MillraceError.self) { try feed.take(Array(message[..<length]), lsn: 1000) }
      #expect(error?.code == "postgres.protocol" || error?.code == "postgres.value.malformed")
    }
    try feed().take(message, lsn: 1000)
  }

  @Test func aPartOfAMessageGivesNoRecord() throws {
    for message in Self.messages where message != PgOutput.truncate([1, 2, 3]) {
      for length in 0..<message.count {
        let feed = try feed()
        try? feed.take(Array(message[..<length]), lsn: 1000)
        #expect(feed.drain().isEmpty)
      }
    }
  }

  @Test func lengthsBeyondTheEndAreErrors() throws {
    var column = PgOutput.insert(1, Self.row)
    column.replaceSubrange(9..<13, with: [0x7F, 0xFF, 0xFF, 0xFF])
    var largest = PgOutput.insert(1, Self.row)
    largest.replaceSubrange(9..<13, with: [0xFF, 0xFF, 0xFF, 0xFF])
    var tables = PgOutput.truncate([1])
    tables.replaceSubrange(1..<5, with: [0xFF, 0xFF, 0xFF, 0xFF])
    var columns = PgOutput.relation(9, "s", "t", [])
    columns.replaceSubrange(columns.count - 2..<columns.count, with: [0xFF, 0xFF])
    for message in [column, largest, tables, columns] {
      let feed = try feed()
      #expect(throws: MillraceError.self) { try feed.take(message) }
    }
  }

  @Test func noBytesTrapTheDecoder() throws {
    var random = SeededGenerator(state: 17)
    let kinds = Array("BCORYIUDTMS".utf8)
    var records = 0, errors = 0
    var feed = try feed()
    for round in 0..<200_000 {
      if round % 2000 == 0 { feed = try self.feed() }
      var message: [UInt8]
      if round % 4 == 0 {
        message = [kinds[Int.random(in: 0..<kinds.count, using: &random)]]
        for _ in 0..<Int.random(in: 0...40, using: &random) {
          message.append(UInt8.random(in: round % 8 == 0 ? 0...255 : 0...2, using: &random))
        }
      } else {
        message = Self.messages[Int.random(in: 0..<Self.messages.count, using: &random)]
        for _ in 0..<Int.random(in: 0...2, using: &random) {
          let place = Int.random(in: 1..<message.count, using: &random)
          switch Int.random(in: 0..<5, using: &random) {
          case 0: message.insert(UInt8.random(in: 0...255, using: &random), at: place)
          case 1 where message.count > 2: message.remove(at: place)
          case 2: message[place] &+= 1
          default: message[place] = UInt8.random(in: 0...255, using: &random)
          }
        }
      }
      do throws(MillraceError) {
        try feed.take(message, lsn: UInt64(round))
      } catch {
        errors += 1
      }
      // Reading all of it back would trap if a slot pointed outside of its batch.
      if round % 16 == 15 { records += feed.drain().count }
    }
    #expect(records > 10_000)
    #expect(errors > 10_000)
  }
}

struct MessageReaderTests {
  private func read<R>(_ bytes: [UInt8], _ body: (inout MessageReader) throws -> R) throws -> R {
    try bytes.withUnsafeBytes { raw in
      var reader = MessageReader(raw)
      return try body(&reader)
    }
  }

  @Test func numbersAreInNetworkByteOrder() throws {
    try read([1, 2, 0xFF, 0xFE, 0, 0, 0, 0, 0, 0, 1, 0, 9]) { reader throws in
      #expect(try reader.integer(UInt16.self) == 0x0102)
      #expect(try reader.integer(Int16.self) == -2)
      #expect(try reader.integer(UInt64.self) == 256)
      #expect(reader.remaining == 1)
      #expect(try reader.byte() == 9)
      #expect(reader.remaining == 0)
    }
  }

  @Test func textsEndWithAZeroByte() throws {
    try read([UInt8(ascii: "a"), 0xC3, 0xA9, 0, 0, 7]) { reader throws in
      #expect(try reader.cString() == "aé")
      #expect(try reader.cString() == "")
      #expect(try reader.byte() == 7)
    }
  }

  @Test func bytesAreTakenInPlace() throws {
    try read([1, 2, 3]) { reader throws in
      #expect(try reader.take(0).isEmpty)
      #expect(try Array(reader.take(2)) == [1, 2])
      #expect(try Array(reader.take(1)) == [3])
      #expect(try reader.take(0).isEmpty)
    }
  }

  @Test func nothingIsReadBeyondTheEnd() {
    let reads: [(inout MessageReader) throws -> Void] = [
      { _ = try $0.byte() }, { _ = try $0.integer(UInt16.self) }, { _ = try $0.integer(UInt64.self) }, { _ = try $0.take(1) },
      { _ = try $0.take(-1) }, { _ = try $0.take(.max) }, { _ = try $0.take(.min) }, { _ = try $0.cString() },
    ]
    for body in reads {
      #expect(throws: MillraceError.self) { try read([], body) }
      #expect(throws: MillraceError.self) {
        try read([1]) { reader throws in
          _ = try reader.byte()
          try body(&reader)
        }
      }
    }
    #expect(throws: MillraceError.self) { try read([65, 66]) { _ = try $0.cString() } }
    #expect(throws: MillraceError.self) { try read([1, 2, 3]) { _ = try $0.integer(UInt32.self) } }
  }
}
