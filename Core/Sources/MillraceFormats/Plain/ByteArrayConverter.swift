public import MillraceCore

/// Kafka Connect's ByteArrayConverter: bytes as they are. Text is passed on as UTF-8; anything else is an error.
public final class ByteArrayConverter: Converter {
  /// The settings below `key.converter.` and the like.
  public static let options: [ConfigurationOption] = []

  /// Takes no settings.
  public init() {}

  public var form: ConvertedForm { .binary }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    switch slot.kind {
    case .null: return false
    case .bytes, .text:
      batch.arena.withBytes(at: slot.offset, length: slot.count) { output.append($0) }
      return true
    default:
      throw MillraceError(
        code: "format.bytes.mismatch", component: "bytes", retry: .record,
        message: "ByteArrayConverter takes bytes and text only, and the value is neither",
        advice: "use another converter for this topic", subject: batch.topics[Int(topic)])
    }
  }
}
