import MillraceCore
import Testing

@testable import MillraceKafka

struct KafkaTopicReaderTests {
  private func reader(_ brokers: Brokers) -> KafkaTopicReader {
    var configuration = Configuration([
      "old.kafka.bootstrap.servers": brokers.bootstrap, "old.consumer.fetch.wait.max.ms": "50",
      "old.consumer.value.deserializer": "org.apache.kafka.common.serialization.StringDeserializer",
    ])
    let reader = KafkaTopicReader(&configuration, below: "old.")
    #expect(configuration.findings.isEmpty)
    return reader
  }

  private func values(_ brokers: Brokers, _ topic: String, _ partition: Int = 0) throws -> [String]? {
    var values: [String] = []
    let isThere = try reader(brokers).read(topic, partition: partition) { values.append(String(decoding: $0, as: UTF8.self)) }
    return isThere ? values : nil
  }

  @Test func thePartitionIsReadFromItsBeginningToItsEnd() throws {
    let brokers = try Brokers.any(), topic = brokers.topic("history", partitions: 2)
    #expect(try values(brokers, topic) == [])
    let handle = try KafkaHandle(ProducerConfiguration(Configuration(["bootstrap.servers": brokers.bootstrap, "linger.ms": "0"])).properties())
    for number in 0..<200 {
      try handle.deliver(OffsetRecord(key: "", value: "record \(number)", state: nil, partition: Int32(number % 2)), to: topic)
    }
    #expect(try values(brokers, topic) == (0..<100).map { "record \($0 * 2)" })
    #expect(try values(brokers, topic, 1) == (0..<100).map { "record \($0 * 2 + 1)" })
    // A second look gives all of it again: nothing is committed.
    #expect(try values(brokers, topic)?.count == 100)
  }

  @Test func whatTheReceiverThrowsEndsTheReading() throws {
    let brokers = try Brokers.any(), topic = brokers.topic("history")
    let handle = try KafkaHandle(ProducerConfiguration(Configuration(["bootstrap.servers": brokers.bootstrap, "linger.ms": "0"])).properties())
    try handle.deliver(OffsetRecord(key: "", value: "damaged", state: nil, partition: 0), to: topic)
    let error = MillraceError(code: "test", component: "test", retry: .stop, message: "", advice: "")
    #expect(throws: MillraceError.self) { _ = try reader(brokers).read(topic, partition: 0) { _ throws(MillraceError) in throw error } }
  }

  @Test func mistakesAreFindings() {
    var configuration = Configuration(["old.consumer.fetch.min.byte": "1"])
    _ = KafkaTopicReader(&configuration, below: "old.")
    #expect(Set(configuration.findings.map(\.key)) == ["old.kafka.bootstrap.servers", "old.consumer.fetch.min.byte"])
  }
}
