package import MillraceCore

/// What one transform does to one side of records, split by how often it has to be done: once for each schema (`plan`), once for
/// each schema of a batch (`enter`), once for each record (`apply`).
protocol SchemaWork: Sendable {
  /// What depends on the schema alone.
  associatedtype Plan
  /// A plan with the places that its schemas and names have in the batch at hand.
  associatedtype Entry

  /// The transform's name in messages, such as `Cast`.
  var name: String { get }
  /// The side whose schema decides.
  var side: RecordSide { get }

  /// - Returns: nil if records of this schema pass unchanged.
  /// - Throws: where the real one refuses every record of the schema, of class `record`.
  func plan(for schema: Schema) throws(MillraceError) -> Plan?

  func enter(_ plan: Plan, _ batch: inout RecordBatch) -> Entry

  /// Changes one record. `slot` is its side, never null unless `takesNull`.
  func apply(_ entry: Entry, _ slot: Slot, to index: Int, of batch: inout RecordBatch) throws(MillraceError)

  /// Changes a record whose side has neither schema nor value: a tombstone, or a record without key. Not called where it is refused.
  func applyToNothing(_ index: Int, of batch: inout RecordBatch) throws(MillraceError)

  /// What becomes of a null that has a schema.
  var nulls: NullHandling { get }
}

/// What a transform makes of a side that is null.
enum NullHandling: Sendable {
  /// It passes unchanged if it has a schema; without one `applyToNothing` decides.
  case pass
  /// The work is done on it.
  case apply
  /// It is an error of the record.
  case refuse
}

extension SchemaWork {
  var nulls: NullHandling { .pass }
  func applyToNothing(_ index: Int, of batch: inout RecordBatch) throws(MillraceError) {}

  /// An error of one record, which the driver completes with the record's place.
  func failure(_ code: String, _ message: String, advice: String) -> MillraceError {
    MillraceError(code: "transform.\(code)", component: name, retry: .record, message: message, advice: advice)
  }

  /// For a transform that needs fields where there are none.
  func requireFields(_ schema: Schema) throws(MillraceError) -> [Schema.Field] {
    if case .structure(let fields) = schema.kind { return fields }
    throw failure("\(name).struct", "the \(side) is no struct", advice: "choose the records by a predicate, or correct the order of the transforms")
  }
}

/// Runs a `SchemaWork` over batches.
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
final class SchemaTransform<Work: SchemaWork>: Transform, @unchecked Sendable {
  private let work: Work
  /// By schema object. Each entry holds its schema, so that the identifier stays taken.
  private var plans: [ObjectIdentifier: (schema: Schema, plan: Result<Work.Plan?, MillraceError>)] = [:]

  init(_ work: Work) { self.work = work }

  private enum Known {
    case unseen, unchanged
    case entry(Work.Entry)
  }

  func apply(to batch: inout RecordBatch, where selection: borrowing Selection) throws(MillraceError) {
    var known: [Known] = []
    let side = work.side
    for index in 0..<batch.records.count {
      if batch.records[index].isDropped || !selection.contains(index) { continue }
      let schema = batch.records[index].schema(side), slot = batch.records[index].slot(side)
      do throws(MillraceError) {
        if slot.isNull, work.nulls == .refuse {
          throw work.failure(
            "\(work.name).null", "the \(side) is null", advice: "keep tombstones from it by the predicate RecordIsTombstone with negate=true")
        }
        if schema == Record.noSchema {
          try work.applyToNothing(index, of: &batch)
          continue
        }
        if slot.isNull, work.nulls == .pass { continue }
        while known.count <= Int(schema) { known.append(.unseen) }
        if case .unseen = known[Int(schema)] { known[Int(schema)] = try learn(schema, &batch) }
        if case .entry(let entry) = known[Int(schema)] { try work.apply(entry, slot, to: index, of: &batch) }
      } catch {
        throw error.at(batch.records[index], of: batch)
      }
    }
  }

  private func learn(_ index: UInt32, _ batch: inout RecordBatch) throws(MillraceError) -> Known {
    let schema = batch.schemas[Int(index)]
    let plan: Result<Work.Plan?, MillraceError>
    if let known = plans[ObjectIdentifier(schema)] {
      plan = known.plan
    } else {
      do throws(MillraceError) { plan = .success(try work.plan(for: schema)) } catch { plan = .failure(error) }
      if plans.count >= 4096 { plans.removeAll() }
      plans[ObjectIdentifier(schema)] = (schema, plan)
    }
    guard let plan = try plan.get() else { return .unchanged }
    return .entry(work.enter(plan, &batch))
  }
}

extension MillraceError {
  /// Names the record's topic and position, where nothing is named yet.
  package func at(_ record: Record, of batch: borrowing RecordBatch) -> MillraceError {
    var error = self
    if error.subject == nil { error.subject = batch.topics[Int(record.topic)] }
    if error.position == nil { error.position = "\(record.order.commit)/\(record.order.ordinal)" }
    return error
  }
}
