internal import CDuktape
internal import MillraceCore
internal import MillraceFormats

/// Answers a script what it asks about the record at hand: no member is looked at before it is asked for.
///
/// Called by the engine, on the thread of the evaluation; the batch is there between `begin` and `end` only.
final class RecordView {
  private enum Node {
    case structure(Slot, Schema)
    case array(Slot, Schema)
    case map(Slot, key: Schema, value: Schema)
    case headers
    case header(Header)
    case schema(Schema)
  }

  private var batch: UnsafeMutablePointer<RecordBatch>?
  private var index = 0
  /// What the script has been given so far, by the number that it knows it by. A script cannot keep one beyond its evaluation
  /// and get another record's: numbers of earlier evaluations are below `first`.
  private var nodes: [Node] = []
  private var first: UInt64 = 1

  static func of(_ context: UnsafeMutableRawPointer?) -> RecordView? {
    context.map { Unmanaged<RecordView>.fromOpaque($0).takeUnretainedValue() }
  }

  func begin(_ index: Int, _ batch: UnsafeMutablePointer<RecordBatch>) {
    self.index = index
    self.batch = batch
  }

  func end() {
    batch = nil
    first &+= UInt64(nodes.count)
    nodes.removeAll(keepingCapacity: true)
  }

  typealias Result = UnsafeMutablePointer<script_value>

  private func node(_ number: UInt64) -> Node? {
    guard number >= first, number - first < UInt64(nodes.count) else { return nil }
    return nodes[Int(number - first)]
  }

  private func give(_ node: Node, _ kind: Int, count: Int = 0, _ result: Result) {
    nodes.append(node)
    result.pointee.kind = Int32(kind)
    result.pointee.node = first + UInt64(nodes.count - 1)
    result.pointee.count = count
  }

  private func give(_ text: String, as kind: Int = Int(SCRIPT_TEXT), _ script: OpaquePointer, _ result: Result) {
    var text = text
    text.withUTF8 { _ = script_set_text(script, result, Int32(kind), $0.baseAddress, $0.count) }
  }

  private func give(_ schema: UInt32, _ result: Result) {
    guard let batch, schema != Record.noSchema else {
      result.pointee.kind = Int32(SCRIPT_NULL)
      return
    }
    give(.schema(batch.pointee.schemas[Int(schema)]), Int(SCRIPT_STRUCT), result)
  }

  private func give(_ slot: Slot, _ schema: Schema?, _ script: OpaquePointer, _ result: Result) {
    guard let batch else { return }
    switch slot.kind {
    case .null: result.pointee.kind = Int32(SCRIPT_NULL)
    case .unavailable: give("__debezium_unavailable_value", script, result)
    case .boolean:
      result.pointee.kind = Int32(SCRIPT_BOOLEAN)
      result.pointee.number = slot.boolean ? 1 : 0
    case .integer where schema?.isDecimal == true:
      number(JavaText.decimal(unscaled: slot.integer, scale: schema?.scale ?? 0), result)
    case .integer:
      result.pointee.kind = Int32(SCRIPT_NUMBER)
      result.pointee.number = Double(slot.integer)
    case .float:
      result.pointee.kind = Int32(SCRIPT_NUMBER)
      result.pointee.number = slot.float
    case .text:
      batch.pointee.arena.withBytes(at: slot.offset, length: slot.count) {
        _ = script_set_text(script, result, Int32(SCRIPT_TEXT), $0.baseAddress, $0.count)
      }
    case .bytes where schema?.isDecimal == true:
      let bytes = batch.pointee.arena.withBytes(at: slot.offset, length: slot.count) { Array($0) }
      number(JavaText.decimal(unscaled: bytes, scale: schema?.scale ?? 0), result)
    case .bytes:
      batch.pointee.arena.withBytes(at: slot.offset, length: slot.count) {
        _ = script_set_text(script, result, Int32(SCRIPT_BYTES), $0.baseAddress, $0.count)
      }
    case .structure: if let schema { give(.structure(slot, schema), Int(SCRIPT_STRUCT), result) }
    case .array:
      if case .array(let element)? = schema?.kind { give(.array(slot, element), Int(SCRIPT_ARRAY), count: slot.count, result) }
    case .map:
      if case .map(let key, let value)? = schema?.kind {
        give(.map(slot, key: key, value: value), Int(SCRIPT_MAP), count: slot.count, result)
      }
    }
  }

  private func number(_ text: String, _ result: Result) {
    result.pointee.kind = Int32(SCRIPT_NUMBER)
    result.pointee.number = Double(text) ?? .nan
  }

  // MARK: what the engine asks

  func argument(_ which: Int, _ script: OpaquePointer, _ result: Result) {
    guard let batch else { return }
    let record = batch.pointee.records[index]
    func side(_ slot: Slot, _ schema: UInt32) {
      give(slot, schema == Record.noSchema ? nil : batch.pointee.schemas[Int(schema)], script, result)
    }
    switch which {
    case 0: side(record.key, record.keySchema)
    case 1: side(record.value, record.valueSchema)
    case 2: give(record.keySchema, result)
    case 3: give(record.valueSchema, result)
    case 4: give(batch.pointee.topics[Int(record.topic)], script, result)
    default: give(.headers, Int(SCRIPT_STRUCT), result)
    }
  }

  func member(_ number: UInt64, _ name: UnsafeRawBufferPointer, _ script: OpaquePointer, _ result: Result) {
    guard let batch, let node = node(number) else { return }
    func isNamed(_ text: String) -> Bool { text.utf8.elementsEqual(name) }
    switch node {
    case .structure(let slot, let schema):
      guard case .structure(let fields) = schema.kind else { return }
      for (place, field) in fields.enumerated() where isNamed(field.name) && place < slot.count {
        let value = batch.pointee.field(place, of: slot)
        if value.isNull, let fallback = field.schema.substitute {
          let fallback = batch.pointee.slot(fallback)
          return give(fallback, field.schema, script, result)
        }
        return give(value, field.schema, script, result)
      }
    case .headers:
      let record = batch.pointee.records[index]
      // Of headers with the same name the last counts.
      for place in (Int(record.firstHeader)..<Int(record.firstHeader) + Int(record.headerCount)).reversed() {
        let header = batch.pointee.headers[place]
        if isNamed(batch.pointee.headerNames[Int(header.name)]) { return give(.header(header), Int(SCRIPT_STRUCT), result) }
      }
    case .header(let header):
      if isNamed("value") {
        return give(header.value, header.schema == Record.noSchema ? nil : batch.pointee.schemas[Int(header.schema)], script, result)
      }
      if isNamed("schema") { give(header.schema, result) }
    case .schema(let schema): member(of: schema, isNamed, script, result)
    case .array, .map: return
    }
  }

  /// A schema's parts, each a method as in Connect's API; name, version and doc can be compared without being called.
  private func member(of schema: Schema, _ isNamed: (String) -> Bool, _ script: OpaquePointer, _ result: Result) {
    func method(_ text: String?) {
      give(text ?? "", as: Int(SCRIPT_METHOD), script, result)
      result.pointee.number = text == nil ? 1 : 0
    }
    if isNamed("name") { return method(schema.name) }
    if isNamed("version") { return method(schema.version.map { String($0) }) }
    if isNamed("doc") { return method(schema.doc) }
    if isNamed("type") { method(RecordView.type(schema.kind)) }
  }

  private static func type(_ kind: Schema.Kind) -> String {
    switch kind {
    case .int8: "INT8"
    case .int16: "INT16"
    case .int32: "INT32"
    case .int64: "INT64"
    case .float32: "FLOAT32"
    case .float64: "FLOAT64"
    case .boolean: "BOOLEAN"
    case .string: "STRING"
    case .bytes: "BYTES"
    case .array: "ARRAY"
    case .map: "MAP"
    case .structure: "STRUCT"
    }
  }

  func name(_ number: UInt64, _ place: Int, _ script: OpaquePointer, _ result: Result) {
    guard let batch, let node = node(number) else { return }
    switch node {
    case .structure(_, let schema):
      if case .structure(let fields) = schema.kind, place < fields.count { give(fields[place].name, script, result) }
    case .headers:
      let record = batch.pointee.records[index]
      guard place < Int(record.headerCount) else { return }
      give(batch.pointee.headerNames[Int(batch.pointee.headers[Int(record.firstHeader) + place].name)], script, result)
    case .header: if place < 2 { give(place == 0 ? "value" : "schema", script, result) }
    case .schema: if place < 4 { give(["name", "version", "doc", "type"][place], script, result) }
    case .array, .map: return
    }
  }

  func element(_ number: UInt64, _ place: Int, _ script: OpaquePointer, _ result: Result) {
    guard let batch, let node = node(number) else { return }
    switch node {
    case .array(let slot, let schema) where place < slot.count:
      give(batch.pointee.slots[slot.offset + place], schema, script, result)
    case .map(let slot, let key, let value) where place < 2 * slot.count:
      give(batch.pointee.slots[slot.offset + place], place % 2 == 0 ? key : value, script, result)
    default: return
    }
  }
}
