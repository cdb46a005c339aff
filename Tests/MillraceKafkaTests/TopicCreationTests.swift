import CRdKafka
import MillraceCore
import Testing

@testable import MillraceKafka

struct TopicCreationTests {
  private let settings = [
    "topic.creation.groups": "fast, slow", "topic.creation.default.partitions": "5", "topic.creation.default.replication.factor": "3",
    "topic.creation.default.cleanup.policy": "compact", "topic.creation.fast.include": "shop\\.public\\.orders.*,shop\\.one",
    "topic.creation.fast.exclude": "shop\\.public\\.orders_old", "topic.creation.fast.partitions": "12",
    "topic.creation.fast.retention.ms": "1000", "topic.creation.fast.compression.type": "lz4", "topic.creation.slow.include": "shop\\..*",
    "topic.creation.slow.replication.factor": "-1",
  ]

  private func findings(_ settings: [String: String]) -> [String] {
    var configuration = Configuration(settings)
    _ = TopicCreation(&configuration)
    return configuration.findings.map(\.key).sorted()
  }

  @Test func theFirstGroupThatMatchesTheWholeNameGivesTheSettings() throws {
    var configuration = Configuration(settings)
    let creation = try #require(TopicCreation(&configuration))
    #expect(configuration.findings.isEmpty)
    let fast = creation.request(for: "shop.public.orders_new")
    #expect(fast == NewTopic(
      name: "shop.public.orders_new", partitions: 12, replication: 3, settings: [("compression.type", "lz4"), ("retention.ms", "1000")]))
    #expect(creation.request(for: "shop.one").partitions == 12)
    // Excluded from the first, so the second; its other settings are not those of default.
    #expect(creation.request(for: "shop.public.orders_old") == NewTopic(
      name: "shop.public.orders_old", partitions: 5, replication: -1, settings: []))
    #expect(creation.request(for: "xshop.one") == NewTopic(
      name: "xshop.one", partitions: 5, replication: 3, settings: [("cleanup.policy", "compact")]))
    // Kafka's names are told apart by case.
    #expect(creation.request(for: "SHOP.one").settings.map(\.name) == ["cleanup.policy"])
  }

  @Test func withoutSettingsOrSwitchedOffNothingIsMade() {
    var none = Configuration(["topic.creation.enable": "true"])
    #expect(TopicCreation(&none) == nil)
    var off = Configuration(settings.merging(["topic.creation.enable": "false"]) { $1 })
    #expect(TopicCreation(&off) == nil)
    #expect(off.findings.isEmpty)
  }

  @Test func mistakesAreFoundByName() {
    #expect(findings(["topic.creation.default.partitions": "1"]) == ["topic.creation.default.replication.factor"])
    #expect(findings(settings.merging(["topic.creation.fast.partitions": "0"]) { $1 }) == ["topic.creation.fast.partitions"])
    #expect(findings(settings.merging(["topic.creation.fsat.partitions": "2"]) { $1 }) == ["topic.creation.fsat.partitions"])
    #expect(findings(settings.merging(["topic.creation.fast.include": "(a"]) { $1 }) == ["topic.creation.fast.include"])
    #expect(findings(settings.merging(["topic.creation.default.include": "a"]) { $1 }) == ["topic.creation.default.include"])
    #expect(findings(settings.merging(["topic.creation.slow.replication.factor": "many"]) { $1 }) == ["topic.creation.slow.replication.factor"])
  }

  @Test(arguments: [
    (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "may not create", "kafka-acls"),
    (RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, "so many replicas", "replication.factor"),
    (RD_KAFKA_RESP_ERR_INVALID_CONFIG, "as it is asked for", "server text"),
  ])
  func aRefusalSaysWhatToDo(code: rd_kafka_resp_err_t, message: String, advice: String) {
    let error = TopicAdmin.failure(code, "t", nil)
    #expect(error.retry == .stop && error.subject == "t")
    #expect(error.message.contains(message) && error.advice.contains(advice))
  }
}
