public import MillraceCore

/// Debezium's BinaryDataConverter: bytes as they are, anything else by the converter that `delegate.converter.type` names.
public final class BinaryDataConverter: PreparingConverter {
  /// The settings below `key.converter.` and the like.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("delegate.converter.type", "The converter for values that are no bytes."),
    ConfigurationOption("delegate.converter.type.*", "Its settings."),
  ]

  private let delegate: (any Converter)?

  /// - Parameter delegate: without one, a value that is no bytes is an error.
  public init(delegate: (any Converter)?) { self.delegate = delegate }

  public var form: ConvertedForm { .binary }

  public func prepare(_ box: BatchBox, _ part: RecordPart) async throws(MillraceError) {
    try await (delegate as? any PreparingConverter)?.prepare(box, part)
  }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    switch slot.kind {
    case .bytes where schema == Record.noSchema || !batch.schemas[Int(schema)].isDecimal:
      batch.arena.withBytes(at: slot.offset, length: slot.count) { output.append($0) }
      return true
    default:
      if let delegate { return try delegate.convert(slot, schema: schema, topic: topic, of: batch, into: &output) }
      if slot.isNull { return false }
      throw MillraceError(
        code: "format.bytes.mismatch", component: "bytes", retry: .record,
        message: "BinaryDataConverter takes bytes only, and the value is none", advice: "write delegate.converter.type=json, say, or use another converter",
        subject: batch.topics[Int(topic)])
    }
  }
}
