internal import MillraceCore

/// Changes the geometries of a value, wherever they stand in it (schema io.debezium.data.geometry.Geometry).
struct GeometryWork<Change: GeometryChange>: SchemaWork {
  let change: Change
  var name: String { change.name }
  var side: RecordSide { .value }

  init(_ change: Change) { self.change = change }

  /// The way to geometries inside a value.
  indirect enum Step: Sendable {
    case geometry(wkb: Int, srid: Int?)
    /// The fields that lead to any.
    case structure([(field: Int, step: Step)])
    case array(Step)
    /// The values, and the keys, of a map.
    case map(key: Step?, value: Step?)
  }

  func plan(for schema: Schema) -> Step? {
    guard case .structure = schema.kind else { return nil }
    return step(schema)
  }

  private func step(_ schema: Schema) -> Step? {
    switch schema.kind {
    case .structure(let fields):
      if schema.name == "io.debezium.data.geometry.Geometry" {
        guard let wkb = schema.index(of: "wkb"), case .bytes = fields[wkb].schema.kind else { return nil }
        return .geometry(wkb: wkb, srid: schema.index(of: "srid"))
      }
      let inside = fields.enumerated().compactMap { index, field in step(field.schema).map { (field: index, step: $0) } }
      return inside.isEmpty ? nil : .structure(inside)
    case .array(let element): return change.entersLists ? step(element).map { .array($0) } : nil
    case .map(let key, let value):
      guard change.entersLists else { return nil }
      let inKey = step(key), inValue = step(value)
      return inKey == nil && inValue == nil ? nil : .map(key: inKey, value: inValue)
    default: return nil
    }
  }

  func enter(_ plan: Step, _ batch: inout RecordBatch) -> Step { plan }

  func apply(_ step: Step, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError) {
    batch.records[index].value = try changed(slot, step, &batch)
  }

  private func changed(_ slot: Slot, _ step: Step, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    switch (step, slot.kind) {
    case (.geometry(let wkb, let srid), .structure): return try geometry(slot, wkb, srid, &batch)
    case (.structure(let fields), .structure):
      let copy = batch.copy(slot)
      for item in fields {
        let new = try changed(batch.slots[copy.offset + item.field], item.step, &batch)
        batch.slots[copy.offset + item.field] = new
      }
      return copy
    case (.array(let inside), .array):
      let first = batch.slots.append(copyOf: slot.offset, count: slot.count)
      for index in first..<first + slot.count {
        let new = try changed(batch.slots[index], inside, &batch)
        batch.slots[index] = new
      }
      return .array(first: first, count: slot.count)
    case (.map(let key, let value), .map):
      let first = batch.slots.append(copyOf: slot.offset, count: slot.count * 2)
      for index in 0..<slot.count * 2 {
        guard let inside = index % 2 == 0 ? key : value else { continue }
        let new = try changed(batch.slots[first + index], inside, &batch)
        batch.slots[first + index] = new
      }
      return .map(first: first, count: slot.count)
    default: return slot
    }
  }

  private func geometry(_ slot: Slot, _ wkb: Int, _ srid: Int?, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    let bytes = batch.field(wkb, of: slot)
    guard bytes.kind == .bytes else { return slot }
    let number = srid.map { batch.field($0, of: slot) } ?? .null
    do throws(GeometryFailure) {
      let new = try batch.arena.withBytes(at: bytes.offset, length: bytes.count) { bytes throws(GeometryFailure) in
        try change.changed(bytes, srid: number.kind == .integer ? number.integer : nil)
      }
      guard let new else { return slot }
      let copy = batch.copy(slot)
      let place = batch.slot(.bytes(new))
      batch.slots[copy.offset + wkb] = place
      return copy
    } catch {
      switch error {
      case .noSRID: throw failure("\(name).srid", "a geometry has no SRID to be added", advice: "choose the records by a predicate, or write format=ewkb")
      case .malformed: throw failure("\(name).geometry", "a geometry has a binary form that is not known", advice: "choose the records by a predicate")
      }
    }
  }
}
