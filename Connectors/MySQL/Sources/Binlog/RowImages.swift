internal import MillraceCore

/// Walks through the rows of a row event: one image after the other, each a run of bits that says which values are NULL, and the values.
struct RowImages {
  private var cursor: RowCursor
  private let columns: [ImageColumn]
  private let present: UnsafeRawBufferPointer
  private let after: UnsafeRawBufferPointer
  private let presentCount: Int
  private let afterCount: Int
  private let isUpdate: Bool
  /// The table's JSON columns, where an update may hold parts of documents.
  private let partialJSON: Int?
  /// nil without a compressed column.
  private let values: CompressedValues?
  /// Whether both images have all columns.
  let isWhole: Bool
  /// Where the documents of the image before stand, by column; only where an update may hold parts of documents.
  private var documents: [Range<Int>] = []

  init(
    _ bytes: UnsafeRawBufferPointer, columns: [ImageColumn], present: UnsafeRawBufferPointer, after: UnsafeRawBufferPointer,
    isUpdate: Bool, partialJSON: Int? = nil, values: CompressedValues? = nil
  ) {
    cursor = RowCursor(bytes)
    self.columns = columns
    self.present = present
    self.after = after
    presentCount = RowImages.count(present, columns.count)
    afterCount = RowImages.count(after, columns.count)
    self.isUpdate = isUpdate
    self.partialJSON = partialJSON
    self.values = values
    isWhole = presentCount == columns.count && afterCount == columns.count
    if partialJSON != nil { documents = Array(repeating: 0..<0, count: columns.count) }
  }

  private static func count(_ bits: UnsafeRawBufferPointer, _ columns: Int) -> Int {
    (0..<columns).count { bits[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 }
  }

  var isAtEnd: Bool { cursor.left <= 0 }

  /// Where the next image begins.
  var position: Int {
    get { cursor.at }
    set { cursor.at = newValue }
  }

  /// Reads an image into a run of slots in the order of the row struct.
  @inline(__always)
  mutating func read(_ shape: TableShape, isAfter: Bool, _ batch: inout RecordBatch) throws(MillraceError) -> Slot {
    let bits = isAfter ? after : present, count = isAfter ? afterCount : presentCount
    let partial = try partialBits(isAfter)
    guard let nulls = cursor.take((count &+ 7) >> 3) else { throw BinlogReader.truncated }
    guard shape.columns.count == columns.count else { throw RowImages.otherTable(shape, columns.count) }
    let first = batch.slots.append(repeating: .null, count: shape.slotCount)
    let isFull = count == columns.count
    var place = 0, json = 0
    for index in 0..<columns.count {
      let isPartialValue = partial != nil && columns[index].kind == .json && takePartial(partial, &json)
      if !isFull, bits[index >> 3] >> UInt8(index & 7) & 1 == 0 {
        shape.markUnavailable(column: index, first: first, into: &batch)
        continue
      }
      let isNull = nulls[place >> 3] >> UInt8(place & 7) & 1 == 1
      place &+= 1
      if isNull {
        shape.fillNull(column: index, first: first, into: &batch)
      } else if isPartialValue {
        let known = documents[index]
        let before = known.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: cursor.bytes[known])
        try shape.placeChanges(row: &cursor, before: before, column: index, first: first, into: &batch)
      } else if let values, columns[index].isCompressed {
        guard let stored = cursor.counted(columns[index].lengthBytes) else { throw BinlogReader.truncated }
        try shape.place(stored: values.content(of: stored), column: index, first: first, into: &batch)
      } else {
        let start = cursor.at
        try shape.place(row: &cursor, as: columns[index], column: index, first: first, into: &batch)
        // Behind the length.
        if partialJSON != nil, !isAfter, columns[index].kind == .json { documents[index] = min(start + columns[index].lengthBytes, cursor.at)..<cursor.at }
      }
    }
    return .structure(first: first, count: shape.fieldCount)
  }

  /// Steps over the images of one row.
  mutating func skipRow() throws(MillraceError) {
    try skipImage(isAfter: false)
    if isUpdate { try skipImage(isAfter: true) }
  }

  private mutating func skipImage(isAfter: Bool) throws(MillraceError) {
    let bits = isAfter ? after : present, count = isAfter ? afterCount : presentCount
    let partial = try partialBits(isAfter)
    guard let nulls = cursor.take((count &+ 7) >> 3) else { throw BinlogReader.truncated }
    var place = 0, json = 0
    for index in 0..<columns.count {
      let isPartialValue = partial != nil && columns[index].kind == .json && takePartial(partial, &json)
      if bits[index >> 3] >> UInt8(index & 7) & 1 == 0 { continue }
      let isNull = nulls[place >> 3] >> UInt8(place & 7) & 1 == 1
      place &+= 1
      if isNull { continue }
      let isDone = isPartialValue ? cursor.counted(4) != nil : cursor.skip(columns[index])
      guard isDone else { throw BinlogReader.truncated }
    }
  }

  // MARK: parts of JSON documents

  /// In front of a new image: which of the table's JSON columns hold only what has changed.
  private mutating func partialBits(_ isAfter: Bool) throws(MillraceError) -> UnsafeRawBufferPointer? {
    guard let partialJSON, isAfter else { return nil }
    guard let options = cursor.little(1) else { throw BinlogReader.truncated }
    guard options & 1 == 1 else { return nil }
    guard let bits = cursor.take((partialJSON + 7) / 8) else { throw BinlogReader.truncated }
    return bits
  }

  private func takePartial(_ bits: UnsafeRawBufferPointer?, _ json: inout Int) -> Bool {
    guard let bits else { return false }
    defer { json += 1 }
    return bits[json >> 3] >> UInt8(json & 7) & 1 == 1
  }

  private static func otherTable(_ shape: TableShape, _ count: Int) -> MillraceError {
    MillraceError(
      code: "mysql.schema", component: "mysql", retry: .stop, message: "a row has \(count) columns, the known table \(shape.columns.count)",
      advice: "set snapshot.mode=recovery to read the table definitions anew, if no table was altered since the stored position",
      subject: shape.qualifiedName)
  }
}
