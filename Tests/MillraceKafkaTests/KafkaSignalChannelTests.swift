import MillraceCore
import Testing

@testable import MillraceKafka

struct KafkaSignalChannelTests {
  private func channel(_ brokers: Brokers, _ topic: String, group: String) -> KafkaSignalChannel {
    var configuration = Configuration([
      "topic.prefix": "srv", "signal.kafka.topic": topic, "signal.kafka.bootstrap.servers": brokers.bootstrap, "signal.kafka.groupId": group,
      "signal.consumer.fetch.wait.max.ms": "50", "signal.consumer.key.deserializer": "org.apache.kafka.common.serialization.StringDeserializer",
    ])
    let channel = KafkaSignalChannel(&configuration, log: .none)
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

  @Test func aGroupGoesOnBehindWhatIsStored() async throws {
    let brokers = try Brokers.any(), topic = brokers.topic("signals")
    try await channel(brokers, topic, group: "b").send(Signal(id: "1", type: "pause-snapshot"))
    let inbox = SignalInbox(), first = channel(brokers, topic, group: "b")
    first.start(into: inbox)
    #expect(await take(1, from: inbox).map(\.id) == ["1"])
    inbox.stored(upTo: inbox.taken)
    await first.close()
    try await channel(brokers, topic, group: "b").send(Signal(id: "2", type: "pause-snapshot"))
    let second = channel(brokers, topic, group: "b")
    second.start(into: inbox)
    #expect(await take(1, from: inbox).map(\.id) == ["2"])
    await second.close()
  }

  @Test func whatIsStoredIsCommittedWhileTheChannelReads() async throws {
    let brokers = try Brokers.any(), topic = brokers.topic("signals")
    let sender = channel(brokers, topic, group: "e"), inbox = SignalInbox(), reader = channel(brokers, topic, group: "e")
    try await sender.send(Signal(id: "1", type: "pause-snapshot"))
    reader.start(into: inbox)
    _ = await take(1, from: inbox)
    inbox.stored(upTo: inbox.taken)
    try await sender.send(Signal(id: "2", type: "pause-snapshot"))
    _ = await take(1, from: inbox)
    await reader.close()
    let again = SignalInbox(), other = channel(brokers, topic, group: "e")
    other.start(into: again)
    #expect(await take(1, from: again).map(\.id) == ["2"], "it was taken, but its checkpoint was not stored")
    await other.close()
  }

  @Test func aPlaceIsBehindTheLastMessageBeforeWhichAllIsStored() {
    var place = SignalPlace()
    #expect(place.next { _ in true } == nil)
    place.read(10, nil)
    place.read(11, 1)
    place.read(12, nil)
    place.read(13, 2)
    #expect(place.next { _ in false } == 11)
    #expect(place.next { $0 <= 1 } == 13)
    place.committed(13)
    #expect(place.next { $0 <= 1 } == nil, "it has been committed")
    #expect(place.next { _ in true } == 14)
    #expect(place.next { _ in true } == 14, "it has not been committed yet")
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
