import CRdKafka
import MillraceCore
import Testing

@testable import MillraceKafka

@Suite(.serialized) struct KafkaSinkTests {
  private func started(_ brokers: Brokers, _ settings: [String: String] = [:]) async throws -> KafkaSink {
    var configuration = Configuration(
      ["producer.bootstrap.servers": brokers.bootstrap, "producer.linger.ms": "1"].merging(settings) { $1 })
    let sink = KafkaSink(&configuration)
    #expect(configuration.findings.isEmpty)
    try await sink.start(SinkContext(converters: .plain(key: .text, value: .text), log: .none))
    return sink
  }

  private func box(_ sequence: UInt64, _ fill: (inout RecordBatch) -> Void) -> BatchBox {
    let box = BatchBox()
    box.sequence = sequence
    fill(&box.batch)
    return box
  }

  @Test func keysValuesHeadersTimestampsAndNullsArriveAsTheyAre() async throws {
    let brokers = try Brokers.any()
    let topic = brokers.topic("whole")
    let sink = try await started(brokers)
    try await sink.write(
      box(1) { batch in
        batch.add(topic, key: .text("k"), value: .text("v"), headers: [("__op", .text("c")), ("none", .null), ("n", .integer(7))])
        batch.add(topic, key: .null, value: .null)
        batch.add(topic, key: .text(""), value: .text(""), headers: [("__op", .text("d"))])
        batch.add(topic, key: .text("gone"), value: .text("gone"))
        batch.records[3].isDropped = true
        batch.records[0].timestamp = 1_600_000_000_123
      })
    #expect(try await sink.flush(waiting: true) == 1)
    await sink.close()
    let messages = try brokers.read(topic, count: 3)
    #expect(messages.map(\.key) == ["k", nil, ""])
    #expect(messages.map(\.value) == ["v", nil, ""])
    #expect(messages.map(\.headers) == [["__op=c", "none=null", "n=7"], [], ["__op=d"]])
    #expect(messages.first?.timestamp == 1_600_000_000_123)
    #expect(messages.dropFirst().allSatisfy { $0.timestamp > 1_600_000_000_123 })
  }

  /// Vectors of Kafka's own org.apache.kafka.common.utils.UtilsTest.testMurmur2: the hash, whose sign bit is cut off.
  @Test func keysGoToThePartitionThatJavaChooses() async throws {
    let vectors: [(String, Int32)] = [
      ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
      ("a-little-bit-longer-string", -1_486_304_829), ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
      ("abc", 479_470_107),
    ]
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("murmur2", partitions: 7)
    let sink = try await started(brokers)
    try await sink.write(box(1) { batch in for (key, _) in vectors { batch.add(topic, key: .text(key), value: .text("")) } })
    #expect(try await sink.flush(waiting: true) == 1)
    await sink.close()
    let messages = try brokers.read(topic, partitions: 7, count: vectors.count)
    #expect(messages.count == vectors.count)
    for message in messages {
      let hash = try #require(vectors.first { $0.0 == message.key }?.1)
      #expect(message.partition == (hash & 0x7fff_ffff) % 7)
    }
  }

  @Test func aPartitionThatWasAskedForIsTaken() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("partition", partitions: 4)
    let sink = try await started(brokers)
    try await sink.write(box(1) { batch in for each in 0..<4 { batch.add(topic, key: .text("k"), value: .text("v"), partition: Int32(each)) } })
    #expect(try await sink.flush(waiting: true) == 1)
    await sink.close()
    #expect(try brokers.read(topic, partitions: 4, count: 4).map(\.partition).sorted() == [0, 1, 2, 3])
  }

  @Test func aFullQueueMakesWritingWaitAndLosesNothing() async throws {
    let brokers = try Brokers.any()
    let topic = brokers.topic("full")
    let sink = try await started(brokers, ["producer.queue.buffering.max.messages": "10"])
    for sequence in 1...5 {
      try await sink.write(
        box(UInt64(sequence)) { batch in
          for each in 0..<200 { batch.add(topic, key: .text("k"), value: .integer(Int64((sequence - 1) * 200 + each))) }
        })
    }
    #expect(try await sink.flush(waiting: true) == 5)
    await sink.close()
    #expect(try brokers.read(topic, count: 1000).map(\.value) == (0..<1000).map(String.init))
  }

  @Test func injectedErrorsAreRetriedAndTheOrderHolds() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("retry")
    let sink = try await started(brokers, ["producer.batch.num.messages": "10", "producer.retry.backoff.ms": "10"])
    brokers.refuse(
      0, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS)
    try await sink.write(box(1) { batch in for each in 0..<200 { batch.add(topic, key: .text("k"), value: .integer(Int64(each))) } })
    #expect(try await sink.flush(waiting: true) == 1)
    await sink.close()
    // The mock takes what it has refused neither in nor out of order, but may keep one batch twice: it checks no numbers.
    var seen: [String] = []
    for value in try brokers.read(topic, count: 200).compactMap(\.value) where !seen.contains(value) { seen.append(value) }
    #expect(seen == (0..<200).map(String.init))
  }

  @Test(arguments: [
    (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "kafka.topic_authorization_failed", "kafka-acls"),
    (RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "kafka.msg_size_too_large", "max.message.bytes"),
  ])
  func aRefusalForGoodStopsTheRunAndNothingIsSkipped(
    refusal: rd_kafka_resp_err_t, code: String, advice: String
  ) async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("refused")
    let sink = try await started(brokers)
    try await sink.write(box(1) { $0.add(topic, key: .text("a"), value: .text("1")) })
    #expect(try await sink.flush(waiting: true) == 1)
    brokers.refuse(0, refusal)
    try await sink.write(box(2) { $0.add(topic, key: .text("a"), value: .text("2")) })
    let error = await #expect(throws: MillraceError.self) { _ = try await sink.flush(waiting: true) }
    #expect(error?.code == code)
    #expect(error?.subject == topic)
    #expect(error?.advice.contains(advice) == true)
    // From now on every call fails: nobody can take the next batch for durable.
    await #expect(throws: MillraceError.self) { try await sink.write(box(3) { $0.add(topic, key: .text("a"), value: .text("3")) }) }
    await #expect(throws: MillraceError.self) { _ = try await sink.flush(waiting: false) }
    await sink.close()
  }

  @Test func aRecordThatIsTooLargeForTheProducerIsAnErrorWithItsTopic() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("large")
    let sink = try await started(brokers, ["producer.max.request.size": "1000"])
    let error = await #expect(throws: MillraceError.self) {
      try await sink.write(box(1) { $0.add(topic, key: .null, value: .text(String(repeating: "x", count: 2000))) })
    }
    #expect(error?.code == "kafka.msg_size_too_large")
    #expect(error?.subject == topic)
    #expect(error?.retry == .record)
    await sink.close()
  }

  @Test func brokersThatGoDownHoldTheRunUpUntilTheyAreBack() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("down")
    let sink = try await started(brokers, ["producer.reconnect.backoff.max.ms": "100", "wait.message.delivery.timeout.ms": "700"])
    try await sink.write(box(1) { $0.add(topic, key: .text("k"), value: .text("1")) })
    #expect(try await sink.flush(waiting: true) == 1)
    rd_kafka_mock_broker_set_down(brokers.mock, 1)
    try await sink.write(box(2) { $0.add(topic, key: .text("k"), value: .text("2")) })
    let error = await #expect(throws: MillraceError.self) { _ = try await sink.flush(waiting: true) }
    #expect(error?.code == "kafka.delivery.timeout")
    #expect(try await sink.flush(waiting: false) == 1)
    rd_kafka_mock_broker_set_up(brokers.mock, 1)
    try await sink.write(box(3) { $0.add(topic, key: .text("k"), value: .text("3")) })
    var durable: UInt64 = 0
    for _ in 0..<30 where durable < 3 { durable = (try? await sink.flush(waiting: true)) ?? 0 }
    #expect(durable == 3)
    await sink.close()
    #expect(try brokers.read(topic, count: 3).map(\.value) == ["1", "2", "3"])
  }

  @Test func aWriterThatWaitsForBrokersCanBeCancelled() async throws {
    let brokers = try Brokers(mocked: 1)
    let topic = brokers.topic("cancel")
    let sink = try await started(brokers, ["producer.queue.buffering.max.messages": "5"])
    rd_kafka_mock_broker_set_down(brokers.mock, 1)
    let task = Task {
      try await sink.write(box(1) { batch in for _ in 0..<50 { batch.add(topic, key: .text("k"), value: .text("v")) } })
    }
    task.cancel()
    let result = await task.result
    #expect(throws: MillraceError.self) { try result.get() }
    await sink.close()
  }

  @Test func aCheckTellsWhetherTheBrokersAnswer() async throws {
    let brokers = try Brokers.any()
    var reachable = Configuration(["bootstrap.servers": brokers.bootstrap])
    #expect(await KafkaSink(&reachable).check().isEmpty)
  }

  @Test func aCheckOfNobodyNamesTheAddressAndWhatToDo() async throws {
    var configuration = Configuration(["producer.bootstrap.servers": "127.0.0.1:1"])
    let findings = await KafkaSink(&configuration).check()
    #expect(findings.count == 1)
    #expect(findings.first?.problem.contains("127.0.0.1:1") == true)
    #expect(findings.first?.advice.contains("producer.bootstrap.servers") == true)
  }
}
