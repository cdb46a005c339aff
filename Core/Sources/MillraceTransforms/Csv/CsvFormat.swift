internal import MillraceCore
internal import MillraceFormats

/// One column of a line: where it is in the row, and how its values are written.
struct CsvColumn: Sendable {
  enum Form: Sendable {
    case text, hex, integer, float32, float64, boolean, bytes
    case decimal(scale: Int)
  }

  let field: Int
  let form: Form
  /// A field for each element.
  let isList: Bool

  /// - Returns: nil for types that are no field: structs, maps, lists of lists.
  init?(_ field: Int, _ schema: Schema, isHex: Bool) {
    self.field = field
    var schema = schema
    if case .array(let items) = schema.kind {
      isList = true
      schema = items
    } else {
      isList = false
    }
    switch schema.kind {
    case .string: form = isHex ? .hex : .text
    case .int8, .int16, .int32, .int64: form = .integer
    case .float32: form = .float32
    case .float64: form = .float64
    case .boolean: form = .boolean
    case .bytes: form = schema.isDecimal ? .decimal(scale: schema.scale) : .bytes
    case .array, .map, .structure: return nil
    }
  }
}

/// How values are written into a line.
struct CsvFormat: Sendable {
  enum Quoting: String, CaseIterable, Sendable { case minimal, all, none }
  enum Booleans: String, CaseIterable, Sendable { case text, number }
  enum Bytes: String, CaseIterable, Sendable { case numbers, base64, hex }

  enum Failure: Error {
    /// A text that needs quotes where there are none.
    case needsQuotes
    /// A text that is no hexadecimal number of whole bytes.
    case hex
    case mismatch
  }

  var delimiter = UInt8(ascii: ",")
  var quote = UInt8(ascii: "\"")
  var quoting = Quoting.minimal
  var booleans = Booleans.text
  var bytes = Bytes.numbers
  var null: [UInt8] = []
  /// Whether texts stand as they are, whatever they hold.
  private var isPlain = false

  /// The same for a value that stands alone, such as a key.
  var plain: CsvFormat {
    var format = self
    format.isPlain = true
    format.quoting = .none
    return format
  }

  /// Whether a text can stand without quotes.
  func isPlain(_ text: String) -> Bool { !text.utf8.contains { $0 == delimiter || $0 == quote || $0 == 0x0A || $0 == 0x0D } }

  /// Appends one column's field or fields to the arena of `batch`, which the slot lies in.
  func append(_ slot: Slot, _ column: CsvColumn, to batch: inout RecordBatch) throws(Failure) {
    guard column.isList, !slot.isNull else { return try append(slot, column.form, to: &batch) }
    guard slot.kind == .array else { throw .mismatch }
    for index in 0..<slot.count {
      if index > 0 { batch.arena.append(delimiter) }
      try append(batch.slots[slot.offset + index], column.form, to: &batch)
    }
  }

  private func append(_ slot: Slot, _ form: CsvColumn.Form, to batch: inout RecordBatch) throws(Failure) {
    switch (form, slot.kind) {
    case (_, .null): batch.arena.append(null)
    case (.text, .text): try text(slot, &batch.arena)
    case (.bytes, .bytes), (.bytes, .text):
      switch bytes {
      case .numbers: numbers(slot, &batch.arena)
      case .hex: enclosed(&batch.arena) { hex(slot, &$0) }
      case .base64: enclosed(&batch.arena) { base64(slot, &$0) }
      }
    case (.hex, .text): try hexNumbers(slot, &batch.arena)
    case (.integer, .integer): enclosed(&batch.arena) { $0.append(decimal: slot.integer) }
    case (.boolean, .boolean):
      enclosed(&batch.arena) { arena in
        switch booleans {
        case .text: arena.append(slot.boolean ? "true" as StaticString : "false")
        case .number: arena.append(UInt8(ascii: slot.boolean ? "1" : "0"))
        }
      }
    case (.float64, .float), (.float32, .float):
      enclosed(&batch.arena) { arena in
        var cursor = arena.cursor(reserving: 64)
        if case .float32 = form { cursor.javaText(Float(slot.float)) } else { cursor.javaText(slot.float) }
        arena.finish(cursor)
      }
    case (.decimal(let scale), .integer): enclosed(&batch.arena) { decimal(slot.integer, scale: scale, &$0) }
    case (.decimal(let scale), .bytes):
      let unscaled = batch.arena.withBytes(at: slot.offset, length: slot.count) { Array($0) }
      enclosed(&batch.arena) { $0.append(JavaText.decimal(unscaled: unscaled, scale: scale)) }
    default: throw .mismatch
    }
  }

  /// What `body` appends, in quotes where all fields are.
  private func enclosed(_ arena: inout ByteArena, _ body: (inout ByteArena) -> Void) {
    if quoting == .all { arena.append(quote) }
    body(&arena)
    if quoting == .all { arena.append(quote) }
  }

  // MARK: texts

  private func text(_ slot: Slot, _ arena: inout ByteArena) throws(Failure) {
    let (needsQuotes, isNull) = isPlain ? (false, false) : arena.withBytes(at: slot.offset, length: slot.count) { text in
      (text.contains { $0 == delimiter || $0 == quote || $0 == 0x0A || $0 == 0x0D }, text.elementsEqual(null))
    }
    if quoting == .none, needsQuotes { throw .needsQuotes }
    let isQuoted = quoting == .all || quoting == .minimal && (needsQuotes || isNull)
    // Room first: source and target are one arena, and pointers into it are good only until it grows.
    var cursor = arena.cursor(reserving: slot.count * 2 + 64)
    let source = arena.start + slot.offset
    if !isQuoted {
      cursor.copy(source, count: slot.count)
    } else {
      cursor.put(quote)
      for index in 0..<slot.count {
        let byte = source.load(fromByteOffset: index, as: UInt8.self)
        if byte == quote { cursor.put(quote) }
        cursor.put(byte)
      }
      cursor.put(quote)
    }
    arena.finish(cursor)
  }

  // MARK: bytes

  private func numbers(_ slot: Slot, _ arena: inout ByteArena) {
    // Three digits, a delimiter and two quotes; numbers are written in words of eight bytes.
    var cursor = arena.cursor(reserving: slot.count * 6 + 64)
    let source = arena.start + slot.offset
    for index in 0..<slot.count { put(source.load(fromByteOffset: index, as: UInt8.self), index, &cursor) }
    arena.finish(cursor)
  }

  private func hexNumbers(_ slot: Slot, _ arena: inout ByteArena) throws(Failure) {
    var cursor = arena.cursor(reserving: slot.count * 3 + 64)
    let source = arena.start + slot.offset
    var at = 0
    if slot.count >= 2 {
      let (first, second) = (source.load(as: UInt8.self), source.load(fromByteOffset: 1, as: UInt8.self) | 0x20)
      if (first == UInt8(ascii: "\\") || first == UInt8(ascii: "0")) && second == UInt8(ascii: "x") { at = 2 }
    }
    guard (slot.count - at) % 2 == 0 else { throw .hex }
    var index = 0
    while at < slot.count {
      guard let high = Self.digit(source.load(fromByteOffset: at, as: UInt8.self)),
        let low = Self.digit(source.load(fromByteOffset: at + 1, as: UInt8.self))
      else { throw .hex }
      put(high << 4 | low, index, &cursor)
      at += 2
      index += 1
    }
    arena.finish(cursor)
  }

  private func put(_ byte: UInt8, _ index: Int, _ cursor: inout ByteCursor) {
    if index > 0 { cursor.put(delimiter) }
    if quoting == .all { cursor.put(quote) }
    cursor.decimal(UInt64(byte))
    if quoting == .all { cursor.put(quote) }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static func character(_ digit: UInt8) -> UInt8 { digit < 10 ? digit + 48 : digit + 87 }

  private func hex(_ slot: Slot, _ arena: inout ByteArena) {
    var cursor = arena.cursor(reserving: slot.count * 2 + 64)
    let source = arena.start + slot.offset
    for index in 0..<slot.count {
      let byte = source.load(fromByteOffset: index, as: UInt8.self)
      cursor.put(Self.character(byte >> 4))
      cursor.put(Self.character(byte & 15))
    }
    arena.finish(cursor)
  }

  private func base64(_ slot: Slot, _ arena: inout ByteArena) {
    var cursor = arena.cursor(reserving: slot.count * 2 + 64)
    cursor.base64(arena.start + slot.offset, count: slot.count)
    arena.finish(cursor)
  }

  // MARK: numbers

  /// Always plain, never with an exponent.
  private func decimal(_ unscaled: Int64, scale: Int, _ arena: inout ByteArena) {
    if scale <= 0 {
      arena.append(decimal: unscaled)
      if unscaled != 0 { for _ in scale..<0 { arena.append(UInt8(ascii: "0")) } }
      return
    }
    if unscaled < 0 { arena.append(UInt8(ascii: "-")) }
    let magnitude = unscaled.magnitude
    // 10^19 is the largest power that fits.
    let divisor = scale <= 19 ? (0..<scale).reduce(UInt64(1)) { power, _ in power &* 10 } : 0
    arena.append(decimal: divisor == 0 ? 0 : magnitude / divisor)
    arena.append(UInt8(ascii: "."))
    let fraction = divisor == 0 ? magnitude : magnitude % divisor
    var digits = 1
    var bound: UInt64 = 10
    while digits < 20, fraction >= bound {
      digits += 1
      if digits == 20 { break }
      bound &*= 10
    }
    for _ in 0..<max(0, scale - digits) { arena.append(UInt8(ascii: "0")) }
    arena.append(decimal: fraction)
  }
}
