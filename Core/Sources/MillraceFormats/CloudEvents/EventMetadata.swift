internal import MillraceCore

/// Where the metadata of events come from (`metadata.source`): the envelope, or headers that transforms have made of its fields.
struct EventMetadata: Sendable, Equatable {
  /// Whether source, op and transaction are headers; the value is the event's data then.
  var isInHeaders = false
  /// Whether these are headers, or generated.
  var idIsInHeader = false
  var typeIsInHeader = false

  /// Whether a record has to be looked at as a whole.
  var needsHeaders: Bool { isInHeaders || idIsInHeader || typeIsInHeader }

  /// Headers that events are given their own by.
  static let id = "id", type = "type"
  /// The name of a struct of a value and what headers tell about it. Where the value is an envelope, that keeps its own name, and
  /// the headers stand behind its fields.
  static let schemaName = "io.millrace.CloudEventWithMetadata"
}

/// Puts what the headers of records tell into their values, once for each batch, before these are converted.
///
/// `@unchecked Sendable`: a converter is used by one stage at a time, and so is what it remembers.
final class MetadataJoin: @unchecked Sendable {
  private let metadata: EventMetadata
  /// By the schemas of value and headers. Each holds the schemas that it is found under, so that their identifiers stay taken.
  private var joined: [[ObjectIdentifier?]: (sources: [Schema?], schema: Schema)] = [:]
  /// Those that are results: a batch may be given again.
  private var results: Set<ObjectIdentifier> = []
  /// Of the batch that was seen last.
  private var generation: UInt64?

  /// The headers, in the order in which they stand in the struct.
  private let wanted: [String]

  init(_ metadata: EventMetadata) {
    self.metadata = metadata
    wanted =
      (metadata.isInHeaders ? ["source", "op", "transaction"] : []) + (metadata.idIsInHeader ? [EventMetadata.id] : [])
      + (metadata.typeIsInHeader ? [EventMetadata.type] : [])
  }

  func apply(to batch: inout RecordBatch) {
    if generation != batch.generation {
      generation = batch.generation
      // Never while a batch may be given again.
      if joined.count >= 4096 {
        joined.removeAll()
        results.removeAll()
      }
    }
    let names = wanted.map { name in batch.headerNames.firstIndex(of: name).map { UInt32($0) } }
    var found: [Header?] = Array(repeating: nil, count: wanted.count)
    // Most records have the schemas of the one before.
    var recent: (value: UInt32, headers: [UInt32?], result: UInt32)?
    var source = Record.noSchema   // the last one that was found to be no result
    for index in 0..<batch.records.count where !batch.records[index].isDropped {
      let record = batch.records[index]
      guard record.value.kind == .structure, record.valueSchema != Record.noSchema else { continue }
      if record.valueSchema != source {
        if results.contains(ObjectIdentifier(batch.schemas[Int(record.valueSchema)])) { continue }
        source = record.valueSchema
      }
      for item in found.indices { found[item] = nil }
      for place in Int(record.firstHeader)..<Int(record.firstHeader) + Int(record.headerCount) {
        // The last one of a name counts.
        if let item = names.firstIndex(of: batch.headers[place].name) { found[item] = batch.headers[place] }
      }
      var isSeen = recent?.value == record.valueSchema
      if isSeen, let recent { for item in found.indices where found[item]?.schema != recent.headers[item] { isSeen = false } }
      if !isSeen {
        let headers = found.map { $0.flatMap { $0.schema == Record.noSchema ? nil : batch.schemas[Int($0.schema)] } }
        let result = schema(batch.schemas[Int(record.valueSchema)], headers)
        recent = (record.valueSchema, found.map { $0?.schema }, batch.intern(schema: result))
      }
      guard let recent else { continue }
      let own = metadata.isInHeaders ? 1 : record.value.count
      let first = batch.slots.append(repeating: record.value, count: own + found.count)
      if !metadata.isInHeaders {
        for field in 0..<own { batch.slots[first + field] = batch.field(field, of: record.value) }
      }
      for item in found.indices { batch.slots[first + own + item] = found[item]?.value ?? .null }
      batch.records[index].value = .structure(first: first, count: own + found.count)
      batch.records[index].valueSchema = recent.result
    }
  }

  private func schema(_ value: Schema, _ headers: [Schema?]) -> Schema {
    let key = [ObjectIdentifier(value)] + headers.map { $0.map { ObjectIdentifier($0) } }
    if let known = joined[key] { return known.schema }
    let own = metadata.isInHeaders ? [Schema.Field("data", value)] : value.fields
    // What is missing is a text that is always null; whoever needs it says so.
    let more = zip(wanted, headers).map { Schema.Field($0, $1 ?? .optionalString) }
    let made = Schema(.structure(own + more), name: metadata.isInHeaders ? EventMetadata.schemaName : value.name)
    joined[key] = ([value] + headers, made)
    results.insert(ObjectIdentifier(made))
    return made
  }
}
