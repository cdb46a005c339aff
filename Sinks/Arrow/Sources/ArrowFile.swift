internal import Glibc
internal import MillraceCore

/// One file that is being written, under a name that readers of folders pass over; `publish` gives it its own.
///
/// Source: "Arrow Columnar Format", IPC Streaming Format and IPC File Format.
final class ArrowFile {
  enum Format: String, CaseIterable, Sendable {
    case file, stream
    var ending: String { self == .file ? ".arrow" : ".arrows" }
  }

  /// Ends the names of files that are not complete; they begin with a dot.
  static let unfinished = ".part"

  let hidden: String
  let name: String
  private(set) var size = 0
  private(set) var rows = 0
  private let file: OpenFile
  private let format: Format
  private let fields: [ArrowField]
  private let metadata: [(String, String)]
  private var blocks: [ArrowMessage.Block] = []

  init(folder: String, number: Int, _ fields: [ArrowField], topic: String, _ format: Format) throws(SystemError) {
    let digits = String(number)
    let base = String(repeating: "0", count: max(0, 8 - digits.count)) + digits + format.ending
    hidden = "\(folder)/.\(base)\(Self.unfinished)"
    name = "\(folder)/\(base)"
    file = try OpenFile(hidden, O_WRONLY | O_CREAT | O_TRUNC)
    self.format = format
    self.fields = fields
    metadata = [("millrace.topic", topic)]
    if format == .file { try put(ArrowMessage.mark + [0, 0]) }
    try put(ArrowMessage.schema(fields, metadata: metadata))
  }

  var descriptor: Int32 { file.descriptor }

  /// Appends a record batch; `body` is where it is put together.
  func append(_ columns: [ArrowColumn], rows: Int, _ body: inout ByteArena) throws(SystemError) {
    body.truncate(to: 0)
    var nodes: [Int64] = [], buffers: [Int64] = []
    for column in columns { column.write(nodes: &nodes, buffers: &buffers, body: &body) }
    let head = ArrowMessage.recordBatch(rows: rows, nodes: nodes, buffers: buffers, body: body.count)
    blocks.append(ArrowMessage.Block(offset: size, metadata: head.count, body: body.count))
    try put(head)
    try body.withBytes { (bytes) throws(SystemError) in try file.write(bytes) }
    size += body.count
    self.rows += rows
  }

  /// Writes what comes behind the last record batch.
  func finish() throws(SystemError) {
    try put(ArrowMessage.end)
    if format == .file { try put(ArrowMessage.footer(fields, metadata: metadata, blocks: blocks)) }
  }

  private func put(_ bytes: [UInt8]) throws(SystemError) {
    try file.write(bytes)
    size += bytes.count
  }
}
