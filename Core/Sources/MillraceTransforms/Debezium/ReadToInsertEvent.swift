public import MillraceCore

/// Debezium's `io.debezium.connector.mysql.transforms.ReadToInsertEvent`: rows of the snapshot as inserts.
public enum ReadToInsertEvent {
  /// The settings below `transforms.<alias>.`: none.
  public static let options: [ConfigurationOption] = []

  /// Takes no settings.
  public static func transform() -> any Transform { SchemaTransform(ReadToInsertWork()) }
}

struct ReadToInsertWork: SchemaWork {
  let name = "ReadToInsertEvent"
  var side: RecordSide { .value }

  struct Entry {
    let op: Int
    let letter: Slot
  }

  func plan(for schema: Schema) -> EnvelopePlaces? { EnvelopePlaces(schema) }

  func enter(_ plan: EnvelopePlaces, _ batch: inout RecordBatch) -> Entry { Entry(op: plan.op, letter: batch.text("c")) }

  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) {
    guard batch.letter(batch.field(entry.op, of: slot)) == UInt8(ascii: "r") else { return }
    let copy = batch.copy(slot)
    batch.slots[copy.offset + entry.op] = entry.letter
    batch.records[index].value = copy
  }
}
