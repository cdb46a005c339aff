@testable import MillraceMySQL
import Testing

@Suite struct StatementContextTests {
  private func context(_ bytes: [UInt8]) -> StatementContext {
    bytes.withUnsafeBytes { StatementContext(database: "d", variables: $0) { $0 == 255 ? "utf8mb4_0900_ai_ci" : $0 == 8 ? "latin1_swedish_ci" : nil } }
  }

  /// As MySQL 8 writes them for a CREATE TABLE.
  private let variables: [UInt8] =
    [0, 0, 0, 0, 0, 1, 0x04, 0, 0x10, 0, 0, 0, 0, 0, 6, 3, 0x73, 0x74, 0x64, 4, 45, 0, 45, 0, 8, 0, 12, 2, 0x61, 0, 0x62, 0, 16, 0]
    + [17, 1, 2, 3, 4, 5, 6, 7, 8, 18, 255, 0, 19, 0, 20, 0]

  @Test("Modes, collations and timestamps are those of the event") func status() {
    let context = context(variables)
    #expect(context.database == "d" && context.mode == [.ansiQuotes, .noBackslashEscapes])
    #expect(context.serverCollation == "latin1_swedish_ci" && context.utf8mb4Collation == "utf8mb4_0900_ai_ci")
    #expect(!context.explicitDefaultsForTimestamp)
  }

  @Test("A block that is cut, or holds an unknown code, is read as far as it goes") func cut() {
    for length in variables.indices { _ = context(Array(variables[..<length])) }
    #expect(context([200, 1, 2, 3]).serverCollation == nil)
  }
}
