public import MillraceCore

/// Debezium's CloudEventsConverter: changes of rows and documents as CloudEvents 1.0 in structured mode; anything else is null.
///
/// The event is JSON with data in JSON or Avro, or Avro with data in Avro. Data in Avro, and events in Avro, are messages with a
/// schema in a registry.
///
/// `@unchecked Sendable`: a converter is used by one stage at a time. The scratch memory lies behind a pointer that only this object
/// has, because an access to a class's own variable is checked at run time, for every record.
public final class CloudEventsConverter: PreparingConverter, @unchecked Sendable {
  private struct Scratch: ~Copyable {
    /// An attribute's text, then the data.
    var text = ByteArena(capacity: 256)
    var data = ByteArena(capacity: 1024)
  }

  /// What is compiled for one schema.
  private enum Content: Sendable {
    case nothing
    case json(CloudEventsPlan, JSONPlan)
    case avro(CloudEventsPlan, AvroPlan)
  }

  private let settings: CloudEventsSettings
  private let plans: RegisteredPlans<Content>
  /// nil where records need not be looked at as a whole.
  private let join: MetadataJoin?
  private let scratch: UnsafeMutablePointer<Scratch>

  /// - Parameter registry: for Avro only.
  init(_ settings: CloudEventsSettings, registry: (any SchemaRegistry)?) {
    self.settings = settings
    join = settings.metadata.needsHeaders ? MetadataJoin(settings.metadata) : nil
    scratch = .allocate(capacity: 1)
    scratch.initialize(to: Scratch())
    plans = RegisteredPlans(limit: 10_000, registry: registry) { schema, topic, part throws(MillraceError) in
      guard let schema, let plan = try CloudEventsPlan(schema, settings) else { return .init(plan: .nothing) }
      guard settings.dataIsAvro else { return .init(plan: .json(plan, try JSONPlan(plan.data, settings.json))) }
      func draft(_ schema: Schema, _ topic: String) throws(MillraceError) -> RegistrySchema {
        .init(.avro, try AvroSchemaText.schema(of: schema, settings.avro).text(), name: schema.name, topic: topic, part: part)
      }
      var outer: RegistrySchema?
      if settings.eventIsAvro {
        guard let name = settings.schemaName else { throw .mismatch("schema.cloudevents.name", in: "cloudevents") }
        outer = try draft(plan.event(named: settings.adjustment.adjusted(name)), topic)
      }
      return .init(plan: .avro(plan, try AvroPlan(plan.data, settings.avro)), schema: outer, inner: try draft(plan.data, settings.eventIsAvro ? topic + "-data" : topic))
    }
  }

  deinit {
    scratch.deinitialize(count: 1)
    scratch.deallocate()
  }

  public var form: ConvertedForm { settings.eventIsAvro ? .binary : .json }

  public func prepare(_ box: BatchBox, _ part: RecordPart) async throws(MillraceError) {
    if part == .value { join?.apply(to: &box.batch) }
    try await plans.prepare(box, part)
  }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    if slot.isNull { return false }
    let registered = try plans.plan(schema, topic, of: batch).takeUnretainedValue()
    let before = output.count
    do throws(MillraceError) {
      switch registered.plan {
      case .nothing: return false
      case .json(let plan, let data):
        let contents = batch.contents
        try write(slot, plan, registered, contents, &output) { (slot, output) throws(MillraceError) in
          do throws(JSONWriter.Mismatch) {
            try data.view.append(slot, of: contents, schemas: settings.json.schemasEnabled, to: &output)
          } catch {
            throw .mismatch(data.compiled.names[error.node], in: "cloudevents")
          }
        }
      case .avro(let plan, let data):
        let contents = batch.contents
        try write(slot, plan, registered, contents, &output) { (slot, output) throws(MillraceError) in
          try avro(slot, data, registered.inner?.prefix ?? [], contents, &output)
        }
      }
      return true
    } catch {
      output.truncate(to: before)
      throw error
    }
  }

  private func avro(
    _ slot: Slot, _ data: AvroPlan, _ prefix: [UInt8], _ contents: BatchContents, _ output: inout ByteArena
  ) throws(MillraceError) {
    scratch.pointee.data.truncate(to: 0)
    scratch.pointee.data.append(prefix)
    do throws(AvroWriter.Mismatch) {
      let writer = AvroWriter(nodes: data.view.nodes, bytes: data.view.bytes, contents: contents)
      let cursor = try withUnsafePointer(to: slot) { (slot) throws(AvroWriter.Mismatch) in
        try writer.write(slot, by: data.view.nodes + data.view.root, &scratch.pointee.data, scratch.pointee.data.cursor(reserving: 1024))
      }
      scratch.pointee.data.finish(cursor)
    } catch {
      throw .mismatch(data.compiled.names.indices.contains(error.node) ? data.compiled.names[error.node] : "data", in: "cloudevents")
    }
    let count = scratch.pointee.data.count
    var cursor = output.cursor(reserving: count * 2 + 64)
    if settings.eventIsAvro {
      cursor.zigzag(Int64(count))
      cursor.copy(scratch.pointee.data.start, count: count)
    } else {
      cursor.put(UInt8(ascii: "\""))
      cursor.base64(scratch.pointee.data.start, count: count)
      cursor.put(UInt8(ascii: "\""))
    }
    output.finish(cursor)
  }

  // MARK: attributes

  private func write(
    _ slot: Slot, _ plan: CloudEventsPlan, _ registered: RegisteredPlan<Content>, _ contents: BatchContents, _ output: inout ByteArena,
    data: (Slot, inout ByteArena) throws(MillraceError) -> Void
  ) throws(MillraceError) {
    let count = plan.schema.fields.count
    guard slot.kind == .structure, slot.count == count, let envelope = contents.run(slot, count: count),
      let source = contents.run(envelope[plan.source], count: plan.sourceCount), envelope[plan.source].count == plan.sourceCount
    else { throw .mismatch(plan.schema.name ?? "an envelope", in: "cloudevents") }
    if settings.eventIsAvro {
      var cursor = output.cursor(reserving: 64)
      registered.prefix.write(&cursor)
      output.finish(cursor)
    }
    for index in plan.attributes.indices {
      scratch.pointee.text.truncate(to: 0)
      let isThere = text(plan.attributes[index].content, plan, envelope, source, contents, registered, &scratch.pointee.text)
      if !isThere, !plan.attributes[index].isOptional { throw .mismatch(plan.attributes[index].name, in: "cloudevents") }
      if settings.eventIsAvro {
        if plan.attributes[index].isOptional { output.append(isThere ? 2 : 0 as UInt8) }
        if !isThere { continue }
        var cursor = output.cursor(reserving: 16)
        if plan.attributes[index].isInteger, case .sourceField(let field, _) = plan.attributes[index].content {
          cursor.zigzag(source[field].integer)
          output.finish(cursor)
          continue
        }
        cursor.zigzag(Int64(scratch.pointee.text.count))
        output.finish(cursor)
        scratch.pointee.text.withBytes { output.append($0) }
      } else {
        output.append(plan.attributes[index].opening)
        if !isThere {
          output.append("null" as StaticString)
        } else if plan.attributes[index].isInteger {
          scratch.pointee.text.withBytes { output.append($0) }
        } else {
          scratch.pointee.text.withBytes { output.append(jsonText: $0) }
        }
      }
    }
    if !settings.eventIsAvro { output.append(",\"data\":" as StaticString) }
    try data(plan.isJoined ? envelope[0] : .structure(first: slot.offset, count: plan.dataCount), &output)
    if !settings.eventIsAvro { output.append(UInt8(ascii: "}")) }
  }

  /// Writes the text of one attribute; false for null.
  private func text(
    _ content: CloudEventsPlan.Content, _ plan: CloudEventsPlan, _ envelope: UnsafePointer<Slot>, _ source: UnsafePointer<Slot>,
    _ contents: BatchContents, _ registered: RegisteredPlan<Content>, _ text: inout ByteArena
  ) -> Bool {
    switch content {
    case .fixed(let bytes): text.append(bytes)
    case .id:
      text.append("name:" as StaticString)
      part(source[plan.name], contents, &text)
      for index in plan.identity.indices {
        text.append(plan.identity[index].opening)
        part(source[plan.identity[index].field], contents, &text)
      }
    case .source:
      text.append("/debezium/" as StaticString)
      part(source[plan.connector], contents, &text)
      text.append("/" as StaticString)
      part(source[plan.name], contents, &text)
    case .type:
      text.append("io.debezium.connector." as StaticString)
      part(source[plan.connector], contents, &text)
      text.append(".DataChangeEvent" as StaticString)
    case .time: text.append(isoTime: source[plan.milliseconds].integer)
    case .dataSchema:
      text.append(settings.schemaURL)
      text.append(decimal: registered.inner?.number ?? 0)
    case .operation: part(envelope[plan.operation], contents, &text)
    case .field(let index):
      if envelope[index].kind != .text { return false }
      part(envelope[index], contents, &text)
    case .sourceField(let index, let null):
      if source[index].isNull {
        guard let null else { return false }
        text.append(null)
      } else {
        part(source[index], contents, &text)
      }
    case .transactionField(let index):
      guard let transaction = plan.transaction else { return false }
      let block = envelope[transaction]
      guard block.kind == .structure, index < block.count, let run = contents.run(block, count: block.count), !run[index].isNull else { return false }
      part(run[index], contents, &text)
    }
    return true
  }

  /// A plain value as Java's `toString` has it.
  private func part(_ slot: Slot, _ contents: BatchContents, _ text: inout ByteArena) {
    switch slot.kind {
    case .text:
      if let from = contents.bytes(slot) { text.append(UnsafeRawBufferPointer(start: from, count: slot.count)) }
    case .integer: text.append(decimal: slot.integer)
    case .boolean: text.append(slot.boolean ? "true" : "false" as StaticString)
    default: text.append("null" as StaticString)
    }
  }
}

extension ByteArena {
  /// `2020-01-13T13:55:39.738Z`
  fileprivate mutating func append(isoTime milliseconds: Int64) {
    let time = CivilTime(milliseconds: milliseconds)
    append(padded: Int(time.year), 4, "-")
    append(padded: time.month, 2, "-")
    append(padded: time.day, 2, "T")
    append(padded: time.hour, 2, ":")
    append(padded: time.minute, 2, ":")
    append(padded: time.second, 2, ".")
    append(padded: time.millisecond, 3, "Z")
  }

  private mutating func append(padded value: Int, _ width: Int, _ tail: StaticString) {
    var bound = 1
    for _ in 1..<width { bound *= 10 }
    while bound > 1, value < bound {
      append(UInt8(ascii: "0"))
      bound /= 10
    }
    append(decimal: Int64(value))
    append(tail)
  }
}
