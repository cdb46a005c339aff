internal import MillraceCore

/// The rows of one topic that are in no published file yet: those in memory, and those in the hidden file.
final class ArrowTable {
  enum Step {
    case taken, passed
    /// The columns are others than those of the file: it has to be published first.
    case changed
  }

  let topic: String
  let folder: String
  private let options: ArrowLayout.Options
  /// Whether of each key only the newest state goes into a file.
  private let keepsLatest: Bool
  /// Of the next file.
  var number: Int
  /// The hidden file, once something had to be written.
  var file: ArrowFile?
  /// The batch that the first row comes from; nil where there is none.
  private(set) var firstSequence: UInt64?
  /// When that row came, in milliseconds since the epoch.
  private(set) var begun: Int64 = 0
  /// Rows in memory, and their bytes, about.
  private(set) var rows = 0
  private(set) var bytes = 0

  private var layout: ArrowLayout?
  private var columns: [ArrowColumn] = []
  /// Recent layouts by schema object; each holds its schema.
  private var layouts: [ObjectIdentifier: ArrowLayout] = [:]
  /// What the last records were like, so that nothing is looked up for the next.
  private var generation: UInt64 = 0
  private var valueSchema = Record.noSchema
  private var current: ArrowLayout?
  private var keySchema = Record.noSchema
  private var keyPlaces: [Int?] = []

  private let index = KeyIndex()
  private var isStale = Buffer<Bool>(capacity: 64)
  private var stale = 0

  init(topic: String, folder: String, number: Int, _ options: ArrowLayout.Options, keepsLatest: Bool) {
    self.topic = topic
    self.folder = folder
    self.number = number
    self.options = options
    self.keepsLatest = keepsLatest
  }

  var fields: [ArrowField] { layout?.fields ?? [] }

  /// Rows that are in no published file.
  var unpublished: Int { rows - stale + (file?.rows ?? 0) }

  // MARK: taking records

  /// Takes one record. After an error nothing of it is left.
  func take(_ record: Record, of batch: borrowing RecordBatch, sequence: UInt64, now: Int64) throws(MillraceError) -> Step {
    guard let next = try layout(for: record, of: batch) else { return .passed }
    if next !== layout {
      if let layout, layout.fields != next.fields {
        if firstSequence != nil { return .changed }
        columns = []
      }
      layout = next
      keySchema = Record.noSchema
    }
    if columns.isEmpty { columns = next.fields.map { ArrowColumn($0) } }
    do throws(ArrowColumn.Failure) {
      bytes += try append(record, of: batch, next)
    } catch {
      for column in columns { column.truncate(to: rows) }
      throw failure(error, record)
    }
    if firstSequence == nil {
      firstSequence = sequence
      begun = now
    }
    if keepsLatest {
      _ = isStale.append(repeating: false, count: 1)
      if record.keySchema != Record.noSchema, !record.key.isNull, let old = index.replace(record.key, of: batch, row: rows) {
        isStale[old] = true
        stale += 1
      }
    }
    rows += 1
    return .taken
  }

  /// How the record is to be written; nil where it says nothing: the tombstone behind a delete, a null without key.
  private func layout(for record: Record, of batch: borrowing RecordBatch) throws(MillraceError) -> ArrowLayout? {
    if generation != batch.generation {
      generation = batch.generation
      valueSchema = Record.noSchema
      keySchema = Record.noSchema
    }
    if record.valueSchema == Record.noSchema {
      if !record.value.isNull {
        throw MillraceError(
          code: "arrow.schema", component: "arrow", retry: .record, message: "the value has no schema, so it has no columns",
          advice: "leave out the transform that takes the schema away", subject: topic)
      }
      if let layout, layout.envelope != nil || !layout.isStruct { return nil }
      if let layout, record.keySchema != Record.noSchema { return layout }
      // A delete without a row's schema, before any row: the key is all there is.
      return record.keySchema == Record.noSchema ? nil : layout(batch.schemas[Int(record.keySchema)], key: nil)
    }
    if record.valueSchema == valueSchema, let current { return current }
    let key = record.keySchema == Record.noSchema ? nil : batch.schemas[Int(record.keySchema)]
    let found = layout(batch.schemas[Int(record.valueSchema)], key: key)
    valueSchema = record.valueSchema
    current = found
    return found
  }

  private func layout(_ schema: Schema, key: Schema?) -> ArrowLayout {
    if let known = layouts[ObjectIdentifier(schema)] { return known }
    if layouts.count >= 16 { layouts.removeAll() }
    let made = ArrowLayout(schema, key: key, options)
    layouts[ObjectIdentifier(schema)] = made
    return made
  }

  private func append(_ record: Record, of batch: borrowing RecordBatch, _ layout: ArrowLayout) throws(ArrowColumn.Failure) -> Int {
    var row = record.value, before = Slot.null, op = Slot.null
    var time: Int64?
    var isDelete = false
    if record.value.isNull {
      isDelete = true
    } else if let places = layout.envelope {
      guard row.kind == .structure, row.count == layout.schema.fields.count else { throw .mismatch }
      let envelope = row
      row = batch.field(places.after, of: envelope)
      before = places.before.map { batch.field($0, of: envelope) } ?? .null
      op = batch.field(places.op, of: envelope)
      if let source = places.source, let place = places.time {
        let block = batch.field(source, of: envelope)
        if block.kind == .structure, batch.field(place, of: block).kind == .integer { time = batch.field(place, of: block).integer }
      }
      if row.isNull { row = before }
    }
    var bytes = 24
    var missing: [String] = []
    if layout.isStruct {
      if row.isNull, record.value.isNull {
        try bytes += appendKey(record, of: batch, layout)
      } else if row.isNull {
        // A truncation: no row at all.
        for index in layout.row.indices { columns[index].appendNull() }
      } else {
        guard row.kind == .structure, row.count == layout.row.count else { throw .mismatch }
        for index in layout.row.indices {
          let slot = batch.slots[row.offset + index]
          if slot.kind == .unavailable { missing.append(layout.row[index].name) }
          bytes += try columns[index].append(slot, of: batch)
        }
      }
    } else {
      bytes += try columns[0].append(row, of: batch)
      if layout.row.count > 1 { bytes += try columns[1].append(record.key, of: batch) }
    }
    if let place = layout.op {
      if isDelete { columns[place].append(text: "d") } else { bytes += try columns[place].append(op, of: batch) }
    }
    if let place = layout.commit { columns[place].append(unsigned: record.order.commit) }
    if let place = layout.ordinal { columns[place].append(unsigned: record.order.ordinal) }
    if let place = layout.time {
      if let time { columns[place].append(unsigned: UInt64(bitPattern: time)) } else { columns[place].appendNull() }
    }
    if let place = layout.unavailable { columns[place].append(texts: missing) }
    if let place = layout.before { bytes += try columns[place].append(before, of: batch) }
    return bytes
  }

  /// A row of which only the key is known.
  private func appendKey(_ record: Record, of batch: borrowing RecordBatch, _ layout: ArrowLayout) throws(ArrowColumn.Failure) -> Int {
    guard record.keySchema != Record.noSchema, record.key.kind == .structure else { throw .mismatch }
    if record.keySchema != keySchema {
      keySchema = record.keySchema
      keyPlaces = layout.keyPlaces(batch.schemas[Int(record.keySchema)])
    }
    var bytes = 0
    for (index, place) in keyPlaces.enumerated() {
      guard let place, place < record.key.count else {
        columns[index].appendNull()
        continue
      }
      bytes += try columns[index].append(batch.slots[record.key.offset + place], of: batch)
    }
    return bytes
  }

  private func failure(_ failure: ArrowColumn.Failure, _ record: Record) -> MillraceError {
    let (message, advice) =
      switch failure {
      case .mismatch: ("a value does not fit the column that its schema makes", "check the transforms before the sink")
      case .time: ("a time of the day is negative or a whole day, which Arrow's times cannot be", "set sink.arrow.times=duration")
      case .tooLarge: ("one value is larger than 2 GiB", "leave the column out")
      }
    return MillraceError(
      code: "arrow.value", component: "arrow", retry: .record, message: message, advice: advice, subject: topic,
      position: "\(record.order.commit)/\(record.order.ordinal)")
  }

  // MARK: giving them on

  /// Bytes in memory, with what is kept to tell keys apart.
  var memory: Int { bytes + (keepsLatest ? index.byteCount : 0) }

  /// The rows in memory as columns, without those that a newer state stands for.
  func batch() -> (columns: [ArrowColumn], rows: Int) {
    if stale == 0 { return (columns, rows) }
    let kept = columns.map { ArrowColumn($0.field) }
    for (column, from) in zip(kept, columns) {
      for row in 0..<rows where !isStale[row] { column.append(copyOf: row, from: from) }
    }
    return (kept, rows - stale)
  }

  /// The rows in memory are in the file; each buffer of a column keeps at most so many bytes of memory.
  func emptied(keeping bytes: Int) {
    for column in columns { column.removeAll(keeping: bytes) }
    rows = 0
    self.bytes = 0
    stale = 0
    isStale.removeAll(keeping: 1 << 12)
    if keepsLatest { index.removeAll() }
  }

  /// The file is published.
  func published() {
    file = nil
    columns = []
    firstSequence = nil
    number += 1
  }
}
