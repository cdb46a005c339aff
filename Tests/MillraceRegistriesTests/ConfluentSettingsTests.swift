import MillraceCore
import MillraceFormats
import Testing

@testable import MillraceRegistries

@Suite struct ConfluentSettingsTests {
  private func findings(_ settings: [String: String]) -> [String] {
    var configuration = Configuration(settings)
    _ = ConfluentRegistry(&configuration)
    return configuration.findings.map(\.description)
  }

  @Test func whatIsWrongIsFoundBeforeAnythingIsAsked() {
    #expect(findings(["schema.registry.url": "http://a:8081, https://b"]) == [])
    #expect(findings(["schema.registry.url": "registry:8081"]).first?.contains("http://registry:8081") == true)
    #expect(findings(["schema.registry.url": "http://a", "value.subject.name.strategy": "com.example.Mine"]).first?.contains("Java classes") == true)
    #expect(findings(["schema.registry.url": "http://a", "value.subject.name.strategy": "io.confluent.kafka.serializers.subject.RecordNameStrategy"]) == [])
    #expect(findings(["schema.registry.url": "http://a", "basic.auth.credentials.source": "USER_INFO"]).count == 1)
    #expect(findings(["schema.registry.url": "http://a", "basic.auth.user.info": "a:b"]).first?.hasPrefix("warning") == true)
    #expect(findings(["schema.registry.url": "http://a", "use.latest.version": "true"]).first?.contains("auto.register.schemas=false") == true)
    #expect(
      findings(["schema.registry.url": "https://a", "schema.registry.ssl.truststore.location": "/x/trust.jks"]).first?.contains("JKS, which only Java reads")
        == true)
    #expect(
      findings(["schema.registry.url": "https://a", "schema.registry.ssl.truststore.location": "/x/y.pem"]).first?.contains("no file that can be read")
        == true)
  }

  @Test func subjectsAreNamedByTheStrategy() throws {
    func subject(_ strategy: ConfluentSettings.Strategy, name: String?) throws -> String {
      var settings = ConfluentSettings()
      settings.valueStrategy = strategy
      return try settings.subject(of: RegistrySchema(.avro, "", name: name, topic: "a.b", part: .value))
    }
    #expect(try subject(.topic, name: "x.R") == "a.b-value")
    #expect(try subject(.record, name: "x.R") == "x.R")
    #expect(try subject(.topicRecord, name: "x.R") == "a.b-x.R")
    #expect(throws: MillraceError.self) { try subject(.record, name: nil) }
  }

  @Test func aPasswordInTheURLIsNotShown() {
    #expect(RegistryFailure.shown("http://me:secret@host:8081/x") == "http://host:8081/x")
    #expect(RegistryFailure.shown("http://host/a@b") == "http://host/a@b")
    #expect(RegistryFailure.shown("host") == "host")
  }

  @Test func namesStandInPathsAsTheyMay() {
    #expect("a.b-value".encodedForURL == "a.b-value")
    #expect("a b/ü".encodedForURL == "a%20b%2F%C3%BC")
  }

  @Test func aRegistryThatIsAwayIsWaitedFor() async {
    var settings = ConfluentSettings()
    // Nobody listens on these ports of this machine.
    settings.http.urls = ["http://127.0.0.1:1", "http://me:secret@127.0.0.1:2"]
    let registry = ConfluentRegistry(settings)
    do {
      _ = try await registry.register(RegistrySchema(.avro, "\"int\"", name: nil, topic: "t", part: .value))
      Issue.record("somebody answered")
    } catch {
      #expect(error.code == "registry.unreachable" && error.retry == .retry && error.subject == "http://127.0.0.1:2")
    }
  }
}
