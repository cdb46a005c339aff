import MillraceCore
import Testing

@testable import MillraceKafka

struct ProducerConfigurationTests {
  private func settings(_ producer: [String: String]) -> [String: String] {
    let configuration = ProducerConfiguration(Configuration(producer))
    #expect(configuration.findings.isEmpty)
    return Dictionary(uniqueKeysWithValues: configuration.settings.map { ($0.name, $0.value) })
  }

  @Test func theDefaultIsIdempotentBoundedAndPartitionedAsJavaDoes() {
    let settings = settings(["bootstrap.servers": "k:9092"])
    #expect(settings["enable.idempotence"] == "true")
    #expect(settings["acks"] == "all")
    #expect(settings["partitioner"] == "murmur2_random")
    #expect(settings["queue.buffering.max.kbytes"] == "32768")
  }

  @Test func namesOfJavaAreTranslated() {
    let settings = settings([
      "bootstrap.servers": "k:9092", "buffer.memory": "67108864", "max.request.size": "2000000", "batch.size": "16384",
      "linger.ms": "5", "compression.type": "lz4", "max.in.flight.requests.per.connection": "5", "delivery.timeout.ms": "60000",
      "request.timeout.ms": "30000", "retries": "10", "key.serializer": "org.apache.kafka.common.serialization.StringSerializer",
      "value.serializer": "x", "max.block.ms": "1", "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
      "sasl.jaas.config":
        #"org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p\"=;";"#,
      "ssl.endpoint.identification.algorithm": "", "receive.buffer.bytes": "-1",
    ])
    #expect(settings["queue.buffering.max.kbytes"] == "65536")
    #expect(settings["message.max.bytes"] == "2000000")
    #expect(settings["sasl.username"] == "u")
    #expect(settings["sasl.password"] == "p\"=;")
    #expect(settings["ssl.endpoint.identification.algorithm"] == "none")
    #expect(settings["socket.receive.buffer.bytes"] == "0")
    #expect(settings["key.serializer"] == nil && settings["sasl.jaas.config"] == nil)
  }

  @Test func settingsThatIdempotenceCannotKeepSwitchItOffAndKeepTheOrder() {
    let settings = settings(["acks": "1"])
    #expect(settings["enable.idempotence"] == "false")
    #expect(settings["max.in.flight.requests.per.connection"] == "1")
  }

  @Test func everyMistakeIsFoundAndNoValueIsShown() {
    let configuration = ProducerConfiguration(
      Configuration(["lingr.ms": "5", "linger.ms": "s3cret", "partitioner.class": "com.example.Mine"]))
    #expect(Set(configuration.findings.map(\.key)) == [
      "producer.lingr.ms", "producer.linger.ms", "producer.partitioner.class",
    ])
    #expect(!configuration.findings.contains { $0.description.contains("s3cret") })
  }

  @Test func missingBrokersAreAFinding() {
    var configuration = Configuration(["wait.message.delivery.timeout.ms": "0"])
    _ = KafkaSink(&configuration)
    #expect(configuration.findings.map(\.key) == ["producer.bootstrap.servers", "wait.message.delivery.timeout.ms"])
  }
}
