import Testing

@testable import MillraceMySQL

@Suite struct ServerVersionTests {
  @Test func theKindAndTheNumberAreReadFromTheServersText() {
    #expect(ServerVersion("9.7.0") == ServerVersion("9.7.0-debug"))
    #expect(ServerVersion("8.0.36").number == 80036)
    let maria = ServerVersion("5.5.5-10.11.6-MariaDB-0+deb12u1")
    #expect(maria.isMariaDB)
    #expect("\(maria)" == "MariaDB 10.11.6")
    #expect(ServerVersion("8.4.0").hasBinaryLogStatus)
    #expect(!ServerVersion("8.0.36").hasBinaryLogStatus)
    #expect(ServerVersion("").number == 0)
  }
}
