import Testing

@testable import MillracePostgres

@Suite struct QuotingTests {
  @Test(arguments: [
    ("plain", "\"plain\""), ("a\"b", "\"a\"\"b\""),
    // One Character to Swift, a quote and a mark to the server.
    ("a\"\u{301}b", "\"a\"\"\u{301}b\""), ("\"\u{FE0F}", "\"\"\"\u{FE0F}\""),
  ])
  func aQuoteInAnIdentifierIsDoubledWhateverFollows(name: String, quoted: String) {
    #expect(Array(PostgresConnection.quote(identifier: name).utf8) == Array(quoted.utf8))
  }

  @Test(arguments: [("it's", "'it''s'"), ("a'\u{301}", "'a''\u{301}'"), ("a\\b", "E'a\\\\b'"), ("\\'", "E'\\\\'''")])
  func aLiteralIsQuotedForEveryStandardConformingSetting(text: String, quoted: String) {
    #expect(Array(PostgresConnection.quote(literal: text).utf8) == Array(quoted.utf8))
  }

  @Test func aReplicationCommandKnowsOnlyTheDoubledQuote() {
    #expect(PostgresConnection.quote(replicationLiteral: "\"a\\'b\"") == "'\"a\\''b\"'")
  }
}
