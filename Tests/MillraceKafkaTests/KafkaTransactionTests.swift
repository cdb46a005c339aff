import CRdKafka
import MillraceCore
import Testing

@testable import MillraceKafka

/// What librdkafka's mock cluster can show of transactions: how their errors are taken. It hides nothing and shuts nobody out.
@Suite(.serialized) struct KafkaTransactionTests {
  private let partition = [Checkpoint.Entry("server", .text("shop"))]
  // Requests by their number in Kafka's protocol.
  private let initProducerID: Int16 = 22, addPartitions: Int16 = 24, endTransaction: Int16 = 26

  private func parts(
    _ brokers: Brokers, _ offsets: String, _ more: [String: String] = [:]
  ) -> (sink: KafkaSink, store: KafkaOffsetStore) {
    var all = Configuration(["sink.kafka.producer.bootstrap.servers": brokers.bootstrap, "offset.storage.topic": offsets])
    let store = KafkaOffsetStore(&all, name: "shop")
    var settings = Configuration(
      ["producer.bootstrap.servers": brokers.bootstrap, "producer.linger.ms": "1", "producer.transaction.timeout.ms": "5000"].merging(more) { $1 })
    let sink = KafkaSink(&settings)
    #expect(all.findings.isEmpty && settings.findings.isEmpty)
    #expect(sink.adopt(store) == nil)
    return (sink, store)
  }

  private func start(_ sink: KafkaSink) async throws(MillraceError) {
    try await sink.start(SinkContext(converters: .plain(key: .text, value: .text), log: .none))
  }

  private func box(_ sequence: UInt64, _ topic: String, _ values: String...) -> BatchBox {
    let box = BatchBox()
    box.sequence = sequence
    for value in values { box.batch.add(topic, key: .text("k"), value: .text(value)) }
    return box
  }

  private func checkpoint(_ lsn: Int64) -> Checkpoint {
    Checkpoint(partition: partition, offset: [.init("lsn", .integer(lsn))], state: "{}")
  }

  @Test func recordsAndCheckpointAreCommittedAndTheNextStartFindsTheCheckpoint() async throws {
    let brokers = try Brokers(mocked: 1)
    let (topic, offsets) = (brokers.topic("records"), brokers.topic("offsets"))
    let (sink, store) = parts(brokers, offsets)
    try await start(sink)
    try await sink.write(box(1, topic, "a", "b"))
    try await sink.commit(checkpoint(1))
    // A position without records: what an idle source brings.
    try await sink.commit(checkpoint(2))
    try await sink.write(box(2, topic, "c"))
    try await sink.commit(checkpoint(3))
    await sink.close()
    #expect(try brokers.read(topic, count: 3).map(\.value) == ["a", "b", "c"])
    #expect(try await store.load(partition: partition) == checkpoint(3))
    try await start(sink)
    try await sink.write(box(3, topic, "d"))
    try await sink.commit(checkpoint(4))
    await sink.close()
    #expect(try await store.load(partition: partition) == checkpoint(4))
  }

  @Test func passingErrorsOfEachRequestAreTriedAgain() async throws {
    let brokers = try Brokers(mocked: 1)
    let (topic, offsets) = (brokers.topic("records"), brokers.topic("offsets"))
    let (sink, store) = parts(brokers, offsets, ["producer.retry.backoff.ms": "10"])
    brokers.refuse(initProducerID, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS)
    try await start(sink)
    brokers.refuse(addPartitions, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS)
    try await sink.write(box(1, topic, "a"))
    brokers.refuse(endTransaction, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR)
    try await sink.commit(checkpoint(1))
    await sink.close()
    #expect(try await store.load(partition: partition) == checkpoint(1))
  }

  @Test func aProducerThatIsShutOutStopsTheRun() async throws {
    let brokers = try Brokers(mocked: 1)
    let (topic, offsets) = (brokers.topic("records"), brokers.topic("offsets"))
    let (sink, _) = parts(brokers, offsets)
    try await start(sink)
    try await sink.write(box(1, topic, "a"))
    brokers.refuse(endTransaction, RD_KAFKA_RESP_ERR_PRODUCER_FENCED)
    let error = await #expect(throws: MillraceError.self) { try await sink.commit(checkpoint(1)) }
    #expect(error?.code == "kafka.fenced")
    #expect(error?.retry == .stop)
    // From now on every call says the same.
    await #expect(throws: MillraceError.self) { try await sink.write(box(2, topic, "b")) }
    await sink.close()
  }

  @Test func aTransactionThatIsBrokenOffComesAgain() async throws {
    let brokers = try Brokers(mocked: 1)
    let (topic, offsets) = (brokers.topic("records"), brokers.topic("offsets"))
    let (sink, store) = parts(brokers, offsets)
    try await start(sink)
    try await sink.write(box(1, topic, "a"))
    try await sink.commit(checkpoint(1))
    brokers.refuse(endTransaction, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING)
    try await sink.write(box(2, topic, "b"))
    let error = await #expect(throws: MillraceError.self) { try await sink.commit(checkpoint(2)) }
    #expect(error?.code != "kafka.fenced" || error?.retry == .stop)
    await sink.close()
    try await start(sink)
    try await sink.write(box(3, topic, "b"))
    try await sink.commit(checkpoint(2))
    await sink.close()
    #expect(try await store.load(partition: partition) == checkpoint(2))
  }

  @Test func aRefusedRecordTellsMoreThanTheCommitThatFailsForIt() async throws {
    let brokers = try Brokers(mocked: 1)
    let (topic, offsets) = (brokers.topic("records"), brokers.topic("offsets"))
    let (sink, _) = parts(brokers, offsets)
    try await start(sink)
    brokers.refuse(0, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    try await sink.write(box(1, topic, "a"))
    let error = await #expect(throws: MillraceError.self) { try await sink.commit(checkpoint(1)) }
    // Said by the record's report or by the commit, whichever is first.
    #expect(error?.code == "kafka.msg_size_too_large")
    #expect(error?.retry == .record)
    await sink.close()
  }

  /// Its outcome is unknown to us; the next start settles it, and the checkpoint tells.
  @Test func aCommitWithoutAnswerIsTriedAgainByANewStart() async throws {
    let brokers = try Brokers(mocked: 1)
    let (topic, offsets) = (brokers.topic("records"), brokers.topic("offsets"))
    let (sink, store) = parts(brokers, offsets, ["producer.transaction.timeout.ms": "2000", "producer.reconnect.backoff.max.ms": "100"])
    try await start(sink)
    try await sink.write(box(1, topic, "a"))
    try await sink.commit(checkpoint(1))
    try await sink.write(box(2, topic, "b"))
    rd_kafka_mock_broker_set_down(brokers.mock, 1)
    let error = await #expect(throws: MillraceError.self) { try await sink.commit(checkpoint(2)) }
    #expect(error?.retry == .retry)
    await sink.close()
    rd_kafka_mock_broker_set_up(brokers.mock, 1)
    try await start(sink)
    #expect(try await store.load(partition: partition) != nil)
    try await sink.write(box(3, topic, "b"))
    try await sink.commit(checkpoint(3))
    await sink.close()
    #expect(try await store.load(partition: partition) == checkpoint(3))
  }

  @Test func aTransactionThatWasOpenForTooLongIsToldFromASecondInstance() {
    let late = KafkaTransactions.failure(RD_KAFKA_RESP_ERR__FENCED, "x", age: .seconds(61), timeout: .seconds(60), id: "n")
    #expect(late.code == "kafka.transaction.timeout" && late.retry == .retry)
    let second = KafkaTransactions.failure(RD_KAFKA_RESP_ERR__FENCED, "x", age: .seconds(1), timeout: .seconds(60), id: "n")
    #expect(second.code == "kafka.fenced" && second.retry == .stop)
    let idle = KafkaTransactions.failure(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, "x", age: nil, timeout: .seconds(60), id: "n")
    #expect(idle.code == "kafka.fenced")
    let denied = KafkaTransactions.failure(RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "x", isPassing: true)
    #expect(denied.retry == .stop && denied.advice.contains("transactional-id"))
    let unknown = KafkaTransactions.failure(RD_KAFKA_RESP_ERR_UNKNOWN, "x", isPassing: true)
    #expect(unknown.retry == .retry)
  }

  @Test func whatCannotHaveTransactionsIsAFinding() throws {
    let brokers = try Brokers(mocked: 1)
    var settings = Configuration(["producer.bootstrap.servers": brokers.bootstrap])
    #expect(KafkaSink(&settings).adopt(MemoryOffsetStore())?.key == "offset.storage")
    var all = Configuration(["sink.kafka.producer.bootstrap.servers": "elsewhere:9092", "offset.storage.topic": "t"])
    let store = KafkaOffsetStore(&all, name: "n")
    #expect(KafkaSink(&settings).adopt(store)?.key == "offset.storage.kafka.bootstrap.servers")
    var weak = Configuration(["producer.bootstrap.servers": "elsewhere:9092", "producer.acks": "1"])
    #expect(KafkaSink(&weak).adopt(store)?.key == "sink.kafka.producer.enable.idempotence")
  }
}
