import Testing

@testable import MillraceMySQL

@Suite struct GrantTests {
  @Test("Grants of everything and of whole databases are understood") func wide() throws {
    let all = try #require(Grant("GRANT SELECT, REPLICATION SLAVE ON *.* TO `cdc`@`%` IDENTIFIED BY PASSWORD '*00' WITH GRANT OPTION"))
    #expect(all.isGlobal && all.allows("SELECT") && all.allows("REPLICATION SLAVE") && !all.allows("SUPER"))
    #expect(Grant("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`")?.allows("SELECT") == true)
    #expect(Grant("GRANT SELECT ON `a\\_b``c ON d`.* TO `cdc`@`%`")?.database == "a_b`c ON d")
    #expect(Grant("GRANT USAGE ON *.* TO `cdc`@`%`")?.allows("SELECT") == false)
  }

  @Test("What is less than a database, or is taken away, counts for nothing") func narrow() {
    for line in [
      "GRANT SELECT ON `d`.`t` TO `cdc`@`%`", "GRANT SELECT (`a`) ON `d`.`t` TO `cdc`@`%`", "REVOKE SELECT ON `d`.* FROM `cdc`@`%`",
      "GRANT `role`@`%` TO `cdc`@`%`", "GRANT EXECUTE ON PROCEDURE `d`.`p` TO `cdc`@`%`", "GRANT", "",
    ] { #expect(Grant(line) == nil) }
  }
}
