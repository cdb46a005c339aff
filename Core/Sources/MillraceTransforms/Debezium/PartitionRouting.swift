public import MillraceCore

/// Debezium's `io.debezium.transforms.partitions.PartitionRouting`: the partition by a hash of fields.
public enum PartitionRouting {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init(
      "partition.payload.fields", required: true,
      "Fields of the envelope, with dots for those in structs. change.f is f in the row after the change, of a delete in the row before."),
    .init("partition.topic.num", .integer(1...Int(Int32.max)), required: true, "How many partitions the topic has."),
    .init("partition.hash.function", .choice(["java", "murmur"]), default: "java", "How values are hashed."),
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    let fields = configuration.requiredList("partition.payload.fields", "list fields, such as change.id")
    let count = configuration.required("partition.topic.num", "give the number of partitions")
    let isMurmur = configuration.string("partition.hash.function")?.lowercased().trimmed == "murmur"
    return SchemaTransform(PartitionRoutingWork(fields: fields, count: Int32(count.trimmed) ?? 1, isMurmur: isMurmur))
  }
}

struct PartitionRoutingWork: SchemaWork {
  let name = "PartitionRouting"
  var side: RecordSide { .value }
  private let fields: [(text: String, steps: [String])]
  private let count: Int32
  private let isMurmur: Bool

  init(fields: [String], count: Int32, isMurmur: Bool) {
    self.fields = fields.map { text in (text, text.split(separator: ".", omittingEmptySubsequences: false).map { String($0).trimmed }) }
    self.count = max(count, 1)
    self.isMurmur = isMurmur
  }

  /// One field, as it is found in a delete and in the other changes. A path that does not exist in the schema is left out.
  struct Place: Sendable {
    let text: String
    let path: [Int]
    let schema: Schema
    let fallback: Value?
  }

  struct Plan: Sendable {
    let op: Int
    let changes: [Place]
    let deletes: [Place]
  }

  func plan(for schema: Schema) -> Plan? {
    guard let places = EnvelopePlaces(schema) else { return nil }
    func find(_ row: String) -> [Place] {
      fields.compactMap { field in
        var path: [Int] = []
        var current = schema
        for (number, step) in field.steps.enumerated() {
          let name = step == "change" && number < field.steps.count - 1 ? row : step
          guard let index = current.index(of: name) else { return nil }
          path.append(index)
          current = current.fields[index].schema
        }
        return Place(text: field.text, path: path, schema: current, fallback: current.substitute)
      }
    }
    return Plan(op: places.op, changes: find("after"), deletes: find("before"))
  }

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Plan { plan }

  func apply(_ plan: Plan, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    let op = batch.letter(batch.field(plan.op, of: slot))
    if op == UInt8(ascii: "t") || op == UInt8(ascii: "m") { return }
    var sum: Int32 = 0
    var hasAny = false
    for place in op == UInt8(ascii: "d") ? plan.deletes : plan.changes {
      var value = slot
      for step in place.path {
        guard value.kind == .structure else {
          throw failure("PartitionRouting.null", "the struct of \(place.text) is null in this record", advice: "write change.… to choose the row that is there")
        }
        value = batch.field(step, of: value)
      }
      if value.isNull, let fallback = place.fallback { value = batch.slot(fallback) }
      if value.isNull { continue }
      guard let hash = hash(value, place.schema, batch) else {
        throw failure("PartitionRouting.type", "\(place.text) has no value that can be hashed", advice: "choose fields that are numbers, texts, bytes or lists of them")
      }
      sum = sum &+ hash
      hasAny = true
    }
    if !hasAny { return }
    let positive = sum & .max
    batch.records[index].partition = (positive == .max ? 0 : positive) % count
  }

  private func hash(_ value: Slot, _ schema: Schema, _ batch: borrowing RecordBatch) -> Int32? {
    if isMurmur, value.kind == .text { return batch.arena.withBytes(at: value.offset, length: value.count) { JavaHash.murmur($0) } }
    guard let code = JavaHash.code(value, schema, in: batch) else { return nil }
    return isMurmur ? JavaHash.murmur(code) : code
  }
}
