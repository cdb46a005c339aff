import MillraceCore
import Testing

@testable import MillracePostgres

/// Slots, replica identities and sessions, as far as the configuration tells.
struct ServerSettingsTests {
  private func settings(_ changes: [String: String] = [:]) -> (settings: PostgresSettings, findings: [Finding]) {
    let sound = [
      "database.hostname": "db", "database.user": "cdc", "database.password": "secret", "database.dbname": "shop", "topic.prefix": "srv",
    ]
    var configuration = Configuration(sound.merging(changes) { _, new in new })
    let settings = PostgresSettings(&configuration)
    return (settings, configuration.findings)
  }

  @Test func theDefaultsOfTheSlotAreDebeziums() {
    let slot = settings().settings.slot
    #expect(slot.retries == 6 && slot.retryDelay == .seconds(10) && slot.createTimeout == .seconds(90))
    #expect(!slot.isFailover && slot.streamParameters.isEmpty && slot.xminInterval == nil)
    #expect(slot.flushMode == .connector)
    // Not the same as no_validation: what is not written down loses nothing.
    #expect(slot.mismatch == nil)
  }

  @Test func theOldNameOfTheFlushModeCountsWhereTheNewOneIsNotSet() {
    let (old, findings) = settings(["flush.lsn.source": "false"])
    #expect(old.slot.flushMode == .manual)
    #expect(findings.map(\.severity) == [.warning] && findings[0].advice.contains("lsn.flush.mode=manual"))
    #expect(settings(["flush.lsn.source": "false", "lsn.flush.mode": "connector"]).settings.slot.flushMode == .connector)
    #expect(settings(["lsn.flush.mode": "CONNECTOR_AND_DRIVER"]).settings.slot.flushMode == .connectorAndDriver)
  }

  @Test func optionsOfThePluginAreHeldAgainstWhatItKnows() {
    let (good, none) = settings(["slot.stream.params": " origin = None ;"])
    #expect(none.isEmpty)
    #expect(good.slot.streamParameters.map(\.name) == ["origin"] && good.slot.streamParameters.map(\.value) == ["none"])
    for wrong in ["origin", "origin=some", "proto_version=4", "binary=true", "add-tables=public.t", "origin=none;=", "a=b=c"] {
      #expect(settings(["slot.stream.params": wrong]).findings.map(\.key) == ["slot.stream.params"], "\(wrong)")
    }
  }

  @Test(arguments: [
    ("slot.max.retries", "-1"), ("slot.retry.delay.ms", "soon"), ("internal.create.slot.command.timeout", "0"),
    ("offset.mismatch.strategy", "trust_nobody"), ("lsn.flush.mode", "driver"), ("xmin.fetch.interval.ms", "-1"), ("slot.failover", "maybe"),
    ("database.query.timeout.ms", "-5"), ("replica.identity.autoset.values", ""), ("replica.identity.autoset.values", "public.t"),
    ("replica.identity.autoset.values", "public.t:SOME"), ("replica.identity.autoset.values", "public.t:INDEX"),
    ("replica.identity.autoset.values", "public.(t:FULL"), ("replica.identity.autoset.values", ":FULL"),
    ("database.hostname", "a,,b"), ("database.hostname", "a:0"), ("database.hostname", "a:port"), ("database.hostname", "[::1]x"),
  ])
  func whatIsWrongIsFoundUnderItsKey(_ key: String, _ value: String) {
    let findings = settings([key: value]).findings
    #expect(findings.map(\.key) == [key])
    #expect(findings.allSatisfy { $0.severity == .error && !$0.advice.isEmpty })
  }

  @Test func replicaIdentitiesAreMatchedByTheWholeName() {
    let rules = settings(["replica.identity.autoset.values": "public.a.*:full, Public\\.b:INDEX b_key,public.c:Nothing"]).settings.replicaIdentities
    func identities(_ name: String) -> [ReplicaIdentityRules.Identity] {
      rules.identities(
        for: PostgresTable(oid: 1, schema: "public", name: name, kind: "r", replicaIdentity: .default, isUnlogged: false, estimatedRows: 0, isReadable: true))
    }
    #expect(identities("alpha") == [.full])
    #expect(identities("b") == [.index("b_key")])
    #expect(identities("c") == [.nothing])
    #expect(identities("bb").isEmpty)
    #expect(ReplicaIdentityRules.Identity.index("a\"b").clause == #"USING INDEX "a""b""#)
  }

  @Test func initialStatementsAreSplitAtSingleSemicolons() {
    func statements(_ text: String) -> [String] { settings(["database.initial.statements": text]).settings.connection.initialStatements }
    #expect(statements("SET a = 1; SELECT ';;' ;") == ["SET a = 1", "SELECT ';'"])
    #expect(statements(" ; ;; ") == [";"])
    #expect(statements("").isEmpty)
  }

  @Test func serversAreTakenAsListsWithPorts() {
    func parameters(_ host: String, port: String = "5433") -> (String?, String?) {
      let pairs = settings(["database.hostname": host, "database.port": port]).settings.connection.parameters(replication: false)
      return (pairs.first { $0.0 == "host" }?.1, pairs.first { $0.0 == "port" }?.1)
    }
    #expect(parameters("a") == ("a", "5433"))
    #expect(parameters("a, b:5434") == ("a,b", "5433,5434"))
    #expect(parameters("::1") == ("::1", "5433"))
    #expect(parameters("[::1]:1,[fe80::1]") == ("::1,fe80::1", "1,5433"))
    #expect(parameters("/var/run/postgresql") == ("/var/run/postgresql", "5433"))
  }

  @Test func onlyWhatTheConfigurationSkipsIsLeftOutOfThePublication() {
    #expect(settings().settings.unpublished.isEmpty)
    #expect(settings(["skipped.operations": "none"]).settings.unpublished.isEmpty)
    #expect(settings(["skipped.operations": "t,u"]).settings.unpublished == ["t", "u"])
  }

  @Test func whatVersionsBringIsToldByTheirNumbers() {
    func version(_ number: Int) -> ServerVersion { ServerVersion(number: number) }
    #expect(!version(130_023).sendsMessages && version(140_000).sendsMessages)
    #expect(!version(140_023).takesSlotOptionList && version(150_000).takesSlotOptionList)
    #expect(!version(150_020).filtersOrigins && version(160_000).filtersOrigins && version(160_000).decodesOnStandby)
    #expect(!version(160_015).hasFailoverSlots && version(170_000).hasFailoverSlots)
    #expect("\(version(130_023))" == "13" && version(129_999) < .oldestTested)
  }

  @Test func aStatusUpdateCanConfirmNothingAndAskForAnAnswer() {
    let message = StandbyStatus.message(flushed: 0, written: 258, now: 946_684_800_000_000_000, asks: true)
    #expect(message == [UInt8(ascii: "r"), 0, 0, 0, 0, 0, 0, 1, 2] + [UInt8](repeating: 0, count: 24) + [1])
    #expect(StandbyStatus.message(flushed: 3, now: 0).prefix(25).suffix(24) == [0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3])
  }
}
