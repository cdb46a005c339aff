import CRdKafka
import MillraceCore
import Testing

@testable import MillraceKafka

@Suite(.serialized) struct KafkaOffsetStoreTests {
  private let partition = [Checkpoint.Entry("server", .text("shop"))]

  private func store(_ brokers: Brokers, _ topic: String, name: String = "shop", _ more: [String: String] = [:]) -> KafkaOffsetStore {
    var configuration = Configuration(
      ["sink.kafka.producer.bootstrap.servers": brokers.bootstrap, "offset.storage.topic": topic].merging(more) { $1 })
    let store = KafkaOffsetStore(&configuration, name: name)
    #expect(configuration.findings.isEmpty)
    return store
  }

  private func checkpoint(_ lsn: Int64, state: String? = #"{"version":1}"#) -> Checkpoint {
    Checkpoint(partition: partition, offset: [.init("lsn", .integer(lsn)), .init("messageType", .text("INSERT"))], state: state)
  }

  /// What somebody else has written, with key and value as they are.
  private func put(_ brokers: Brokers, _ topic: String, _ key: String?, _ value: String?) throws {
    let handle = try KafkaHandle(ProducerConfiguration(Configuration(["bootstrap.servers": brokers.bootstrap, "linger.ms": "0"])).properties())
    let target = try handle.topic(topic)
    let keys = key.map { Array($0.utf8) } ?? [], values = value.map { Array($0.utf8) } ?? []
    let code = keys.withUnsafeBytes { keys in
      values.withUnsafeBytes { values in
        millrace_produce(
          handle.pointer, target, RD_KAFKA_PARTITION_UA, key == nil ? nil : keys.baseAddress, keys.count, value == nil ? nil : values.baseAddress,
          values.count, 0, nil, nil)
      }
    }
    #expect(code == RD_KAFKA_RESP_ERR_NO_ERROR)
    #expect(rd_kafka_flush(handle.pointer, 100) == RD_KAFKA_RESP_ERR_NO_ERROR || KafkaEvent(handle.queue, milliseconds: 10_000) != nil)
  }

  @Test func anAttachmentComesBackWithItsCheckpoint() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("offsets", partitions: 3)
    var saved = checkpoint(1)
    saved.attachment = CheckpointAttachment { "tables\nmany" }
    try await store(brokers, topic).save(saved)
    #expect(try await store(brokers, topic).load(partition: partition) == saved)
  }

  @Test func theLastCheckpointComesBackWithOurStateAndStandsInConnectsForm() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("offsets", partitions: 3)
    let store = store(brokers, topic)
    #expect(try await store.load(partition: partition) == nil)
    for lsn in Int64(1)...3 { try await store.save(checkpoint(lsn)) }
    try await self.store(brokers, topic, name: "other").save(checkpoint(99))
    #expect(try await store.load(partition: partition) == checkpoint(3))
    #expect(try await self.store(brokers, topic).load(partition: partition) == checkpoint(3))
    #expect(try await store.load(partition: [.init("server", .text("else"))]) == nil)
    await store.close()
    let written = try brokers.read(topic, partitions: 3, count: 4).filter { $0.key?.hasPrefix(#"["shop""#) == true }
    #expect(written.map(\.key) == Array(repeating: #"["shop",{"server":"shop"}]"#, count: 3))
    #expect(written.last?.value == #"{"lsn":3,"messageType":"INSERT"}"#)
    #expect(written.last?.headers == [#"millrace.state={"version":1}"#])
    // All of one key are in one partition, where their order is kept.
    #expect(Set(written.map(\.partition)).count == 1)
  }

  private func failure(of store: KafkaOffsetStore) async -> MillraceError? {
    do throws(MillraceError) {
      _ = try await store.load(partition: partition)
      return nil
    } catch {
      return error
    }
  }

  /// A new snapshot, and records twice, would be the price of taking this for absence (Invariant 10).
  @Test func aTopicThatIsThereButHasNoLeaderIsNotTakenForAbsent() async throws {
    let brokers = try Brokers(mocked: 1)
    let mock = try #require(brokers.mock)
    let topic = brokers.topic("leaderless")
    let store = store(brokers, topic)
    try await store.save(checkpoint(1))
    rd_kafka_mock_topic_set_error(mock, topic, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
    let error = try #require(await failure(of: store))
    #expect(error.retry == .retry)
    #expect(error.code == "kafka.leader_not_available")
    #expect(error.subject == topic)
    rd_kafka_mock_topic_set_error(mock, topic, RD_KAFKA_RESP_ERR_NO_ERROR)
    #expect(try await store.load(partition: partition) == checkpoint(1))
    await store.close()
  }

  @Test func anElectionWhileTheOffsetIsReadIsWaitedFor() async throws {
    let brokers = try Brokers(mocked: 1)
    let mock = try #require(brokers.mock)
    let topic = brokers.topic("election")
    let store = store(brokers, topic)
    try await store.save(checkpoint(1))
    rd_kafka_mock_partition_set_leader(mock, topic, 0, -1)
    let error = try #require(await failure(of: store))
    #expect(error.retry == .retry, "\(error)")
    rd_kafka_mock_partition_set_leader(mock, topic, 0, 1)
    #expect(try await store.load(partition: partition) == checkpoint(1))
    await store.close()
  }

  @Test func anOffsetOfDebeziumsHasNoStateOfOurs() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("foreign")
    let store = store(brokers, topic)
    try await store.save(checkpoint(1))
    try put(brokers, topic, #"["shop",{"server":"shop"}]"#, #"{"lsn_proc":7,"messageType":"UPDATE","lsn":7,"txId":null}"#)
    let loaded = try #require(try await store.load(partition: partition))
    #expect(loaded.state == nil)
    #expect(loaded["lsn"] == .integer(7))
    #expect(loaded["txId"] == .null)
  }

  @Test func aTombstoneIsAbsence() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("tombstone")
    let store = store(brokers, topic)
    try await store.save(checkpoint(1))
    try put(brokers, topic, #"["shop",{"server":"shop"}]"#, nil)
    #expect(try await store.load(partition: partition) == nil)
  }

  @Test(arguments: [
    (nil, "{}"), ("no json", "{}"), (#"["shop"]"#, "{}"), (#"["shop",{"server":"shop"}]"#, "{\"lsn\":"), (#"["shop",{"server":"shop"}]"#, "[1]"),
  ] as [(String?, String)])
  func damageIsAnErrorAndNeverAbsence(key: String?, value: String) async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("damaged")
    let store = store(brokers, topic)
    try put(brokers, topic, key, value)
    let error = await #expect(throws: MillraceError.self) { try await store.load(partition: partition) }
    #expect(error?.code == "offsets.damaged")
    #expect(error?.retry == .stop)
    #expect(error?.subject == topic)
  }

  /// A new snapshot only because the connector was called otherwise would be nobody's decision.
  @Test func anOffsetUnderAnotherNameIsNotTakenForAbsence() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("named")
    try put(brokers, topic, #"["kafka",{"server":"shop"}]"#, #"{"lsn":7}"#)
    let error = await #expect(throws: MillraceError.self) { try await store(brokers, topic).load(partition: partition) }
    #expect(error?.code == "offsets.name" && error?.retry == .stop)
    #expect(error?.advice.contains("name=kafka") == true)
    #expect(try await store(brokers, topic, name: "kafka").load(partition: partition)?["lsn"] == .integer(7))
    try put(brokers, topic, #"["kafka",{"server":"shop"}]"#, nil)
    #expect(try await store(brokers, topic).load(partition: partition) == nil)
  }

  @Test func aStoreGoesOnAfterARefusal() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("again")
    let store = store(brokers, topic)
    try await store.save(checkpoint(1))
    brokers.refuse(0, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    await #expect(throws: MillraceError.self) { try await store.save(checkpoint(2)) }
    try await store.save(checkpoint(3))
    #expect(try await store.load(partition: partition) == checkpoint(3))
    await store.close()
  }

  @Test func aRefusedSaveIsAnError() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("refused")
    brokers.refuse(0, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    let error = await #expect(throws: MillraceError.self) { try await store(brokers, topic).save(checkpoint(1)) }
    #expect(error?.code == "kafka.topic_authorization_failed")
    #expect(error?.subject == topic)
  }

  @Test func settingsOfTheSinkHoldUnlessTheStoreHasItsOwn() {
    var configuration = Configuration([
      "sink.kafka.producer.bootstrap.servers": "a:9092", "sink.kafka.producer.sasl.username": "u", "sink.kafka.producer.linger.ms": "500",
      "sink.kafka.producer.acks": "1", "offset.storage.kafka.sasl.username": "v", "offset.storage.topic": "t",
    ])
    let store = KafkaOffsetStore(&configuration, name: "n")
    #expect(configuration.findings.isEmpty)
    #expect(store.producer["bootstrap.servers"] == "a:9092")
    #expect(store.producer["sasl.username"] == "v")
    #expect(store.producer["linger.ms"] == "0")
    #expect(store.producer["acks"] == "all")
  }

  @Test func mistakesAreFoundByName() {
    var configuration = Configuration([
      "offset.storage.replication.factor": "0", "offset.storage.partitions": "x", "offset.storage.kafka.acks": "1", "offset.storage.kafka.nonsense": "1",
    ])
    _ = KafkaOffsetStore(&configuration, name: "n")
    #expect(Set(configuration.findings.map(\.key)) == [
      "offset.storage.topic", "offset.storage.replication.factor", "offset.storage.partitions", "bootstrap.servers", "offset.storage.kafka.acks",
      "offset.storage.kafka.nonsense",
    ])
  }
}
