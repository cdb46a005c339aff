import Testing

@testable import MillraceCore

struct TransactionMetadataTests {
  private func order(_ ordinal: UInt64) -> Record.Order { .init(commit: 1, ordinal: ordinal) }

  /// What one transaction gives whose changes are of these collections.
  private func transaction(_ names: [String], with metadata: inout TransactionMetadata) -> (blocks: [Value], records: [Value]) {
    var batch = RecordBatch(capacity: 1024)
    let id = batch.text("7:9")
    metadata.begin("7", id: id, time: 5, order: order(0), in: &batch)
    var blocks: [Value] = []
    for name in names {
      let block = metadata.block(of: metadata.number(of: name), id: id, in: &batch)
      blocks.append(batch.value(block))
    }
    metadata.end(id: id, time: 6, order: order(1), in: &batch)
    var records: [Value] = []
    for index in 0..<batch.records.count { records.append(batch.value(batch.records[index].value)) }
    return (blocks, records)
  }

  private func collections(_ record: Value?) -> [Value] {
    guard case .structure(let fields)? = record, case .array(let list) = fields[3] else { return [] }
    return list.map { if case .structure(let pair) = $0 { pair[0] } else { .null } }
  }

  @Test func changesAreCountedInTheTransactionAndInTheirCollection() {
    var metadata = TransactionMetadata(topic: "srv.transaction")
    let seen = transaction(["a", "b", "a"], with: &metadata)
    #expect(
      seen.blocks == [
        .structure([.text("7:9"), .integer(1), .integer(1)]), .structure([.text("7:9"), .integer(2), .integer(1)]),
        .structure([.text("7:9"), .integer(3), .integer(2)]),
      ])
    #expect(seen.records.first == .structure([.text("BEGIN"), .text("7:9"), .null, .null, .integer(5)]))
    let counts: [Value] = [.structure([.text("a"), .integer(2)]), .structure([.text("b"), .integer(1)])]
    #expect(seen.records.last == .structure([.text("END"), .text("7:9"), .integer(3), .array(counts), .integer(6)]))
  }

  @Test func eachTransactionCountsFromItsBeginning() {
    var metadata = TransactionMetadata(topic: "t")
    _ = transaction(["a", "a"], with: &metadata)
    let second = transaction(["a"], with: &metadata)
    #expect(second.blocks == [.structure([.text("7:9"), .integer(1), .integer(1)])])
    let empty = transaction([], with: &metadata)
    #expect(empty.records.last == .structure([.text("END"), .text("7:9"), .integer(0), .array([]), .integer(6)]))
  }

  /// As recorded from Debezium: the order of a java.util.HashMap of the names.
  @Test func anEndListsItsCollectionsInTheOrderOfAJavaMap() {
    var metadata = TransactionMetadata(topic: "t")
    let seen = transaction(["public.b", "Else Where.T b", "public.a", "public.c"], with: &metadata)
    #expect(collections(seen.records.last) == [.text("public.c"), .text("public.a"), .text("public.b"), .text("Else Where.T b")])
    // "Aa" and "BB" have one hash: the first comes first. More than twelve double the buckets.
    #expect(collections(transaction(["BB", "Aa"], with: &metadata).records.last) == [.text("BB"), .text("Aa")])
    let many = (0..<13).map { String(UnicodeScalar(UInt8(48 + $0))) }
    #expect(collections(transaction(many.reversed(), with: &metadata).records.last) == many[..<13].sorted { bucket($0) < bucket($1) }.map { .text($0) })
  }

  /// One character is its own hash; 32 buckets.
  private func bucket(_ text: String) -> UInt8 { (text.utf8.first ?? 0) & 31 }

  @Test func theCountersGoOnWhereTheyWereStored() throws {
    var first = TransactionMetadata(topic: "t")
    var batch = RecordBatch(capacity: 1024)
    let id = batch.text("7:9")
    let before = first.progress
    #expect(before == nil)
    first.begin("7", id: id, time: 5, order: order(0), in: &batch)
    for name in ["b", "a", "b"] { _ = first.block(of: first.number(of: name), id: id, in: &batch) }
    let checkpoint = Checkpoint(partition: [], offset: first.progress?.entries ?? [])
    let progress = try #require(TransactionMetadata.Progress(checkpoint))
    #expect(progress == .init(transaction: "7", counts: [.init("b", 2), .init("a", 1)]))

    var second = TransactionMetadata(topic: "t")
    _ = second.number(of: "other")
    second.resume(progress)
    let restored = second.progress
    #expect(restored == progress)
    let block = second.block(of: second.number(of: "b"), id: id, in: &batch)
    let value = batch.value(block)
    #expect(value == .structure([.text("7:9"), .integer(4), .integer(3)]))
  }

  @Test func anEndWithoutABeginningIsNothing() {
    var metadata = TransactionMetadata(topic: "t")
    var batch = RecordBatch(capacity: 1024)
    metadata.end(id: .null, time: 0, order: order(0), in: &batch)
    let count = batch.records.count
    #expect(count == 0)
  }
}
