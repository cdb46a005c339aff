import MillraceCore
import Testing

@testable import MillraceKafka

struct KafkaSignalChannelTests {
  private func channel(_ brokers: Brokers, _ topic: String, group: String, patience: Int64 = 0) -> KafkaSignalChannel {
    var configuration = Configuration([
      "topic.prefix": "srv", "signal.kafka.topic": topic, "signal.kafka.bootstrap.servers": brokers.bootstrap, "signal.kafka.groupId": group,
      "signal.consumer.fetch.wait.max.ms": "50", "signal.consumer.key.deserializer": "org.apache.kafka.common.serialization.StringDeserializer",
    ])
    let channel = KafkaSignalChannel(&configuration, patience: patience, log: .none)
    #expect(configuration.findings.isEmpty)
    return channel
  }

  /// What has come within ten seconds, as soon as it is `count`.
  private func take(_ count: Int, from inbox: SignalInbox) async -> [Signal] {
    var signals: [Signal] = []
    for _ in 0..<1000 where signals.count < count {
      signals += inbox.take()
      try? await Task.sleep(for: .milliseconds(10))
    }
    return signals
  }

  private func send(_ key: String, _ value: String, _ brokers: Brokers, _ topic: String) throws {
    let handle = try KafkaHandle(ProducerConfiguration(Configuration(["bootstrap.servers": brokers.bootstrap])).properties())
    try handle.deliver(OffsetRecord(key: key, value: value, state: nil), to: topic)
  }

  @Test func signalsOfThisConnectorAreBroughtFromTheBeginningAndOthersAreNot() async throws {
    let brokers = try Brokers.any(), topic = brokers.topic("signals")
    let sender = channel(brokers, topic, group: "a")
    let first = Signal(id: "1", type: "execute-snapshot", data: .object([.init("data-collections", .array([.string("public.t")]))]))
    try await sender.send(first)
    try send("other", #"{"id": "x", "type": "log"}"#, brokers, topic)
    try send("srv", "{", brokers, topic)
    try send("srv", #"{"id": "2", "type": "log", "data": {"message": "m"}}"#, brokers, topic)
    let inbox = SignalInbox(), reader = channel(brokers, topic, group: "a")
    reader.start(into: inbox)
    let signals = await take(2, from: inbox)
    await reader.close()
    #expect(signals == [first, Signal(id: "2", type: "log", data: .object([.init("message", .string("m"))]))])
  }

  @Test func aGroupGoesOnBehindWhatWasTaken() async throws {
    let brokers = try Brokers.any(), topic = brokers.topic("signals")
    try await channel(brokers, topic, group: "b").send(Signal(id: "1", type: "pause-snapshot"))
    let inbox = SignalInbox(), first = channel(brokers, topic, group: "b")
    first.start(into: inbox)
    #expect(await take(1, from: inbox).map(\.id) == ["1"])
    await first.close()
    try await channel(brokers, topic, group: "b").send(Signal(id: "2", type: "pause-snapshot"))
    let second = channel(brokers, topic, group: "b")
    second.start(into: inbox)
    #expect(await take(1, from: inbox).map(\.id) == ["2"])
    await second.close()
  }

  @Test func aSignalThatNobodyHasTakenComesAgain() async throws {
    let brokers = try Brokers.any(), topic = brokers.topic("signals")
    try await channel(brokers, topic, group: "c").send(Signal(id: "1", type: "pause-snapshot"))
    let lost = SignalInbox(), first = channel(brokers, topic, group: "c")
    first.start(into: lost)
    for _ in 0..<1000 where lost.isEmpty { try? await Task.sleep(for: .milliseconds(10)) }
    #expect(!lost.isEmpty)
    await first.close()
    let inbox = SignalInbox(), second = channel(brokers, topic, group: "c")
    second.start(into: inbox)
    #expect(await take(1, from: inbox).map(\.id) == ["1"])
    await second.close()
  }

  @Test func mistakesAreFindings() {
    var configuration = Configuration(["topic.prefix": "srv", "signal.consumer.fetch.min.byte": "1"])
    _ = KafkaSignalChannel(&configuration, log: .none)
    #expect(Set(configuration.findings.map(\.key)) == ["signal.kafka.bootstrap.servers", "signal.consumer.fetch.min.byte"])
  }
}
