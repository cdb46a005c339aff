internal import Glibc

/// The attachments that are too large to be written with each position: files beside the offset file.
///
/// Each is named `OFFSETFILE.attachment-HASH` by its content, so that the name in the offset file proves that it is the right one, and
/// whole (Invariant 10). It is durable before the offset file names it, and removed when the offset file names it no more
/// (Invariant 5); what a killed process has left is removed at the next start.
struct AttachmentFiles {
  /// Up to here an attachment stands in the offset file, bytes.
  static let mostInline = 16 * 1024

  /// Of the offset file.
  private let path: String
  /// What the offset file names.
  private var kept: [(attachment: CheckpointAttachment, name: String)] = []

  init(path: String) { self.path = path }

  /// Reads the attachment of a name that an offset file holds.
  mutating func read(_ name: String) throws(OffsetDamage) -> CheckpointAttachment {
    if let known = kept.first(where: { $0.name == name }) { return known.attachment }
    let bytes: [UInt8]
    // A name with a slash would lead elsewhere.
    guard name.hasPrefix(Path.name(of: path) + ".attachment-"), !name.utf8.contains(UInt8(ascii: "/")) else {
      throw OffsetDamage(problem: "names a file that is not beside it: \(name)")
    }
    do throws(SystemError) { bytes = try OpenFile(place(name), O_RDONLY).readAll() } catch {
      throw OffsetDamage(problem: "names the file \(name) beside it, which cannot be read: \(error.text)")
    }
    guard self.name(of: bytes) == name else { throw OffsetDamage(problem: "names the file \(name) beside it, which is damaged") }
    let text = String(decoding: bytes, as: UTF8.self)
    let attachment = CheckpointAttachment { text }
    kept.append((attachment, name))
    return attachment
  }

  /// The file that an attachment is kept in; nil: it is small.
  func name(of attachment: CheckpointAttachment) -> String? { kept.first { $0.attachment === attachment }?.name }

  /// Keeps what is large and new among the attachments of `checkpoints`.
  /// - Parameter write: puts content durably into the file of a path.
  mutating func keep(
    _ checkpoints: [Checkpoint], write: (String, [UInt8]) throws(MillraceError) -> Void
  ) throws(MillraceError) {
    for case let attachment? in checkpoints.map(\.attachment) where name(of: attachment) == nil {
      let text = attachment.text
      guard text.utf8.count > Self.mostInline else { continue }
      let bytes = Array(text.utf8), name = name(of: bytes)
      if !kept.contains(where: { $0.name == name }) { try write(place(name), bytes) }
      kept.append((attachment, name))
    }
  }

  /// Removes what the stored `checkpoints` need no more.
  mutating func removeOthers(than checkpoints: [Checkpoint]) {
    let (needed, others) = (
      kept.filter { entry in checkpoints.contains { $0.attachment === entry.attachment } },
      kept.filter { entry in !checkpoints.contains { $0.attachment === entry.attachment } })
    guard !others.isEmpty else { return }
    // One that cannot be removed does no harm.
    for entry in others where !needed.contains(where: { $0.name == entry.name }) { unlink(place(entry.name)) }
    kept = needed
  }

  /// Removes what was kept for an offset file that was never put in its place. Only for who holds the lock, and has read that file.
  func removeUnnamed() {
    let beginning = Path.name(of: path) + ".attachment-"
    // What cannot be listed or removed does no harm.
    for name in (try? Path.names(in: Path.folder(of: path))) ?? [] where name.hasPrefix(beginning) && !kept.contains(where: { $0.name == name }) {
      unlink(place(name))
    }
  }

  private func place(_ name: String) -> String { Path.folder(of: path) + "/" + name }

  /// By FNV-1a with 64 bits (Fowler, Noll, Vo), which finds damage, not malice.
  private func name(of bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return Path.name(of: path) + ".attachment-" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}
