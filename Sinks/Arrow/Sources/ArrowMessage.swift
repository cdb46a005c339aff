internal import MillraceCore

/// The metadata of Arrow's IPC format, version 5.
///
/// Source: "Arrow Columnar Format", Serialization and Interprocess Communication; Schema.fbs, Message.fbs and File.fbs of
/// apache/arrow, format.
enum ArrowMessage {
  private static let version: Int16 = 4
  private static let schemaHeader: UInt8 = 1, recordBatchHeader: UInt8 = 3

  /// Where a message lies in its file.
  struct Block {
    let offset: Int
    let metadata: Int
    let body: Int
  }

  /// The head of a message: a mark, a length, the metadata. The body follows.
  private static func encapsulated(_ metadata: [UInt8]) -> [UInt8] {
    var head: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    for shift in [0, 8, 16, 24] { head.append(UInt8(truncatingIfNeeded: metadata.count >> shift)) }
    return head + metadata
  }

  /// The end of a stream.
  static let end: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]

  static func schema(_ fields: [ArrowField], metadata: [(String, String)]) -> [UInt8] {
    var buffer = FlatBuffer()
    let schema = self.schema(fields, metadata, &buffer)
    return encapsulated(buffer.finish(message(schema, kind: schemaHeader, body: 0, &buffer)))
  }

  /// - Parameters:
  ///   - nodes: length and number of nulls of each column, those below it behind it.
  ///   - buffers: offset and length of each buffer in the body.
  static func recordBatch(rows: Int, nodes: [Int64], buffers: [Int64], body: Int) -> [UInt8] {
    var buffer = FlatBuffer()
    let buffers = buffer.vector(longs: buffers, width: 2)
    let nodes = buffer.vector(longs: nodes, width: 2)
    let batch = buffer.table([.int64(Int64(rows)), .place(nodes), .place(buffers)])
    return encapsulated(buffer.finish(message(batch, kind: recordBatchHeader, body: body, &buffer)))
  }

  /// The end of a file, behind the end of its stream: footer, length, mark.
  static func footer(_ fields: [ArrowField], metadata: [(String, String)], blocks: [Block]) -> [UInt8] {
    var buffer = FlatBuffer()
    let batches = buffer.vector(longs: blocks.flatMap { [Int64($0.offset), Int64($0.metadata), Int64($0.body)] }, width: 3)
    let dictionaries = buffer.vector(longs: [], width: 3)
    let schema = self.schema(fields, metadata, &buffer)
    var footer = buffer.finish(buffer.table([.int16(version), .place(schema), .place(dictionaries), .place(batches)]))
    let length = footer.count
    for shift in [0, 8, 16, 24] { footer.append(UInt8(truncatingIfNeeded: length >> shift)) }
    return footer + mark
  }

  static let mark = Array("ARROW1".utf8)

  private static func message(_ header: FlatBuffer.Place, kind: UInt8, body: Int, _ buffer: inout FlatBuffer) -> FlatBuffer.Place {
    buffer.table([.int16(version), .int8(kind), .place(header), .int64(Int64(body))])
  }

  private static func schema(
    _ fields: [ArrowField], _ metadata: [(String, String)], _ buffer: inout FlatBuffer
  ) -> FlatBuffer.Place {
    var pairs: [FlatBuffer.Place] = []
    for (key, value) in metadata {
      let key = buffer.string(key), value = buffer.string(value)
      pairs.append(buffer.table([.place(key), .place(value)]))
    }
    let custom = buffer.vector(pairs)
    var places: [FlatBuffer.Place] = []
    for field in fields { places.append(self.field(field, &buffer)) }
    let vector = buffer.vector(places)
    // Little-endian, the default, is what is written on every machine.
    return buffer.table([.int16(0), .place(vector), .place(custom)])
  }

  private static func field(_ field: ArrowField, _ buffer: inout FlatBuffer) -> FlatBuffer.Place {
    var children: [FlatBuffer.Place] = []
    for child in field.type.children { children.append(self.field(child, &buffer)) }
    let vector = buffer.vector(children)
    let name = buffer.string(field.name)
    let (kind, type) = self.type(field.type, &buffer)
    return buffer.table([.place(name), .int8(field.isNullable ? 1 : 0), .int8(kind), .place(type), nil, .place(vector)])
  }

  /// A member of the union `Type` in Schema.fbs: its number and table.
  private static func type(_ type: ArrowType, _ buffer: inout FlatBuffer) -> (UInt8, FlatBuffer.Place) {
    switch type {
    case .integer(let bits, let isSigned): (2, buffer.table([.int32(Int32(bits)), .int8(isSigned ? 1 : 0)]))
    case .float32: (3, buffer.table([.int16(1)]))
    case .float64: (3, buffer.table([.int16(2)]))
    case .binary: (4, buffer.table([]))
    case .utf8, .decimalText: (5, buffer.table([]))
    case .boolean: (6, buffer.table([]))
    case .decimal(let precision, let scale): (7, buffer.table([.int32(Int32(precision)), .int32(Int32(scale)), .int32(128)]))
    case .date: (8, buffer.table([.int16(0)]))
    case .time(let unit): (9, buffer.table([.int16(unit.rawValue), .int32(Int32((type.width ?? 8) * 8))]))
    case .timestamp(let unit): (10, buffer.table([.int16(unit.rawValue)]))
    case .zonedTimestamp: (10, zoned(&buffer))
    case .list, .numbers: (12, buffer.table([]))
    case .structure: (13, buffer.table([]))
    case .map: (17, buffer.table([.int8(0)]))
    case .duration(let unit): (18, buffer.table([.int16(unit.rawValue)]))
    }
  }

  private static func zoned(_ buffer: inout FlatBuffer) -> FlatBuffer.Place {
    let zone = buffer.string("UTC")
    return buffer.table([.int16(ArrowType.Unit.microseconds.rawValue), .place(zone)])
  }
}
