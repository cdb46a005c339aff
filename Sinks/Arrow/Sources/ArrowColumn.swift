internal import MillraceCore

/// The values of one column of a record batch, as they will lie in the file: validity, offsets, data, and the columns below.
final class ArrowColumn {
  enum Failure: Error {
    /// A value that its schema does not allow, or that the column's type cannot hold.
    case mismatch
    /// A time of the day that is none: negative, or a whole day.
    case time
    /// More bytes in one batch than offsets of 32 bits can count.
    case tooLarge
  }

  let field: ArrowField
  private let type: ArrowType
  private let width: Int
  private(set) var count = 0
  private(set) var nulls = 0
  /// A bit for each value, the lowest first, 1 for a value that is there.
  private var validity = ByteArena(capacity: 64)
  private var data = ByteArena(capacity: 64)
  /// Where values of no fixed width end: in `data`, or among the values of the child.
  private var offsets = Buffer<Int32>(capacity: 16)
  private let children: [ArrowColumn]

  init(_ field: ArrowField) {
    self.field = field
    type = field.type
    width = field.type.width ?? 0
    children = field.type.children.map { ArrowColumn($0) }
  }

  // MARK: appending

  /// Appends one value of `batch`; answers how many bytes it takes, about. After an error the column is as long as before, or one
  /// longer: `truncate` mends that.
  func append(_ slot: Slot, of batch: borrowing RecordBatch) throws(Failure) -> Int {
    if slot.isNull || slot.kind == .unavailable {
      appendNull()
      return width + 1
    }
    switch (type, slot.kind) {
    case (.integer, .integer), (.timestamp, .integer), (.duration, .integer), (.date, .integer):
      fixed(UInt64(bitPattern: slot.integer))
    case (.time(let unit), .integer):
      guard slot.integer >= 0, slot.integer < unit.perDay else { throw .time }
      fixed(UInt64(bitPattern: slot.integer))
    case (.float64, .float): fixed(slot.float.bitPattern)
    case (.float32, .float): fixed(UInt64(Float(slot.float).bitPattern))
    case (.boolean, .boolean): bit(slot.boolean, of: &data)
    case (.decimal, .integer):
      var cursor = data.cursor(reserving: 16)
      cursor.put(words: UInt64(bitPattern: slot.integer), slot.integer < 0 ? .max : 0, count: 16)
      data.finish(cursor)
    case (.decimal, .bytes): try decimal(slot, of: batch)
    case (.zonedTimestamp, .text):
      let moment = batch.arena.withBytes(at: slot.offset, length: slot.count) { ZonedTime.microseconds($0) }
      guard let moment else { throw .mismatch }
      fixed(UInt64(bitPattern: moment))
    case (.utf8, .text), (.binary, .bytes), (.binary, .text):
      try room(slot.count)
      batch.arena.withBytes(at: slot.offset, length: slot.count) { data.append($0) }
      offsets.append(Int32(data.count))
    // A struct without fields, which Arrow's readers have no use for.
    case (.utf8, .structure):
      data.append("{}")
      offsets.append(Int32(data.count))
    case (.decimalText(let scale), _): try decimalText(slot, scale, of: batch)
    case (.numbers, .bytes), (.numbers, .text):
      try children[0].room(values: slot.count)
      batch.arena.withBytes(at: slot.offset, length: slot.count) { for byte in $0 { children[0].append(float: Float(byte)) } }
      offsets.append(Int32(children[0].count))
    case (.list, .array):
      try children[0].room(values: slot.count)
      var bytes = 5
      for index in 0..<slot.count { bytes += try children[0].append(batch.slots[slot.offset + index], of: batch) }
      offsets.append(Int32(children[0].count))
      present()
      return bytes
    case (.map, .map):
      try children[0].room(values: slot.count)
      var bytes = 5
      for index in 0..<slot.count { bytes += try children[0].append(pair: slot.offset + 2 * index, of: batch) }
      offsets.append(Int32(children[0].count))
      present()
      return bytes
    case (.structure, .structure):
      guard slot.count == children.count else { throw .mismatch }
      var bytes = 1
      for (index, child) in children.enumerated() { bytes += try child.append(batch.slots[slot.offset + index], of: batch) }
      present()
      return bytes
    default: throw .mismatch
    }
    present()
    return width == 0 ? slot.count + 5 : width + 1
  }

  func append(unsigned value: UInt64) {
    fixed(value)
    present()
  }

  private func append(float value: Float) {
    fixed(UInt64(value.bitPattern))
    present()
  }

  /// Appends a list of texts, or null where there is none.
  func append(texts: [String]) {
    if texts.isEmpty { return appendNull() }
    for text in texts {
      children[0].data.append(text)
      children[0].offsets.append(Int32(children[0].data.count))
      children[0].present()
    }
    offsets.append(Int32(children[0].count))
    present()
  }

  func append(text: StaticString) {
    data.append(text)
    offsets.append(Int32(data.count))
    present()
  }

  func appendNull() {
    switch type {
    case .boolean: bit(false, of: &data)
    case .utf8, .binary, .decimalText: offsets.append(Int32(data.count))
    case .list, .numbers, .map: offsets.append(Int32(children[0].count))
    case .structure: for child in children { child.appendNull() }
    case .decimal:
      fixed(0)
      fixed(0)
    default: fixed(0)
    }
    bit(false, of: &validity)
    count += 1
    nulls += 1
  }

  private func append(pair first: Int, of batch: borrowing RecordBatch) throws(Failure) -> Int {
    guard !batch.slots[first].isNull else { throw .mismatch }
    let bytes = try children[0].append(batch.slots[first], of: batch) + children[1].append(batch.slots[first + 1], of: batch)
    present()
    return bytes
  }

  private func present() {
    bit(true, of: &validity)
    count += 1
  }

  private func fixed(_ value: UInt64) {
    var cursor = data.cursor(reserving: 8)
    cursor.put(word: value, count: min(width, 8))
    data.finish(cursor)
  }

  /// Appends a bit as number `count` of `bits`.
  private func bit(_ isSet: Bool, of bits: inout ByteArena) {
    if count & 7 == 0 {
      bits.append(isSet ? 1 : 0)
    } else if isSet {
      let last = count >> 3
      bits.set(bits.start.load(fromByteOffset: last, as: UInt8.self) | 1 << UInt8(count & 7), at: last)
    }
  }

  private func room(_ bytes: Int) throws(Failure) {
    if data.count + bytes > Int(Int32.max) { throw .tooLarge }
  }

  private func room(values: Int) throws(Failure) {
    if count + values > Int(Int32.max) { throw .tooLarge }
  }

  /// Big-endian two's complement of any length as sixteen bytes, the lowest first.
  private func decimal(_ slot: Slot, of batch: borrowing RecordBatch) throws(Failure) {
    let words = batch.arena.withBytes(at: slot.offset, length: slot.count) { bytes -> (UInt64, UInt64)? in
      let isNegative = (bytes.first ?? 0) & 0x80 != 0
      let sign: UInt64 = isNegative ? .max : 0
      var low = sign, high = sign
      for (index, byte) in bytes.enumerated() {
        // What comes before the last sixteen may only repeat the sign.
        if index < bytes.count - 16, byte != UInt8(truncatingIfNeeded: sign) { return nil }
        high = high << 8 | low >> 56
        low = low << 8 | UInt64(byte)
      }
      return high >> 63 == sign & 1 ? (low, high) : nil
    }
    guard let (low, high) = words else { throw .mismatch }
    var cursor = data.cursor(reserving: 16)
    cursor.put(words: low, high, count: 16)
    data.finish(cursor)
  }

  private func decimalText(_ slot: Slot, _ scale: Int?, of batch: borrowing RecordBatch) throws(Failure) {
    var slot = slot, scale = scale ?? 0
    if slot.kind == .structure {
      guard slot.count == 2, batch.slots[slot.offset].kind == .integer else { throw .mismatch }
      scale = Int(batch.slots[slot.offset].integer)
      slot = batch.slots[slot.offset + 1]
    }
    switch slot.kind {
    case .integer: data.append(BigDecimalText.text(unscaled: slot.integer, scale: scale))
    case .bytes:
      let unscaled = batch.arena.withBytes(at: slot.offset, length: slot.count) { Array($0) }
      data.append(BigDecimalText.text(unscaled: unscaled, scale: scale))
    default: throw .mismatch
    }
    try room(0)
    offsets.append(Int32(data.count))
  }

  // MARK: taking back, copying

  private func isPresent(_ row: Int) -> Bool { Self.isSet(row, in: validity) }

  private static func isSet(_ index: Int, in bits: borrowing ByteArena) -> Bool {
    bits.start.load(fromByteOffset: index >> 3, as: UInt8.self) >> UInt8(index & 7) & 1 == 1
  }

  private func start(of row: Int) -> Int { row == 0 ? 0 : Int(offsets[row - 1]) }

  /// Forgets the values from number `rows` on, whole or half appended.
  func truncate(to rows: Int) {
    while count > rows {
      count -= 1
      if !isPresent(count) { nulls -= 1 }
    }
    cut(&validity, to: rows)
    if type == .boolean { cut(&data, to: rows) } else if width > 0 { data.truncate(to: width * rows) }
    if width == 0, type != .boolean {
      if case .structure = type {} else {
        offsets.truncate(to: min(offsets.count, rows))
        if !type.isList { data.truncate(to: start(of: rows)) }
      }
    }
    for child in children { child.truncate(to: type.isList ? start(of: rows) : rows) }
  }

  /// Forgets the bits from number `rows` on.
  private func cut(_ bits: inout ByteArena, to rows: Int) {
    bits.truncate(to: min(bits.count, (rows + 7) >> 3))
    guard rows & 7 != 0 else { return }
    let last = rows >> 3
    bits.set(bits.start.load(fromByteOffset: last, as: UInt8.self) & (1 << UInt8(rows & 7) - 1), at: last)
  }

  /// Appends a copy of value number `row` of a column of the same type.
  func append(copyOf row: Int, from other: ArrowColumn) {
    guard other.isPresent(row) else { return appendNull() }
    switch type {
    case .boolean: bit(Self.isSet(row, in: other.data), of: &data)
    case .structure: for (child, from) in zip(children, other.children) { child.append(copyOf: row, from: from) }
    case .list, .numbers, .map:
      for value in other.start(of: row)..<Int(other.offsets[row]) { children[0].append(copyOf: value, from: other.children[0]) }
      offsets.append(Int32(children[0].count))
    case .utf8, .binary, .decimalText:
      let start = other.start(of: row)
      other.data.withBytes(at: start, length: Int(other.offsets[row]) - start) { data.append($0) }
      offsets.append(Int32(data.count))
    default: other.data.withBytes(at: row * width, length: width) { data.append($0) }
    }
    present()
  }

  /// Forgets everything; memory beyond `keeping` bytes is given back.
  func removeAll(keeping: Int) {
    count = 0
    nulls = 0
    validity.removeAll(keeping: keeping)
    data.removeAll(keeping: keeping)
    offsets.removeAll(keeping: keeping / 4)
    for child in children { child.removeAll(keeping: keeping) }
  }

  // MARK: writing

  /// Appends the buffers to `body`, each a multiple of eight bytes long, and their description to the other two.
  func write(nodes: inout [Int64], buffers: inout [Int64], body: inout ByteArena) {
    nodes += [Int64(count), Int64(nulls)]
    if nulls == 0 { buffers += [Int64(body.count), 0] } else { validity.withBytes { Self.put($0, &buffers, &body) } }
    if type == .boolean || width > 0 {
      data.withBytes { Self.put($0, &buffers, &body) }
    } else if case .structure = type {
    } else {
      putOffsets(&buffers, &body)
      if !type.isList { data.withBytes { Self.put($0, &buffers, &body) } }
    }
    for child in children { child.write(nodes: &nodes, buffers: &buffers, body: &body) }
  }

  private static func put(_ bytes: UnsafeRawBufferPointer, _ buffers: inout [Int64], _ body: inout ByteArena) {
    buffers += [Int64(body.count), Int64(bytes.count)]
    body.append(bytes)
    pad(&body)
  }

  private static func pad(_ body: inout ByteArena) { while body.count & 7 != 0 { body.append(0) } }

  /// Arrow has the beginnings, too: a zero comes first.
  private func putOffsets(_ buffers: inout [Int64], _ body: inout ByteArena) {
    buffers += [Int64(body.count), Int64(4 * (count + 1))]
    var cursor = body.cursor(reserving: 4 * (count + 1) + 8)
    cursor.put(word: 0, count: 4)
    for index in 0..<count { cursor.put(word: UInt64(UInt32(bitPattern: offsets[index])), count: 4) }
    body.finish(cursor)
    Self.pad(&body)
  }
}

extension ArrowType.Unit {
  fileprivate var perDay: Int64 {
    switch self {
    case .seconds: 86_400
    case .milliseconds: 86_400_000
    case .microseconds: 86_400_000_000
    case .nanoseconds: 86_400_000_000_000
    }
  }
}
