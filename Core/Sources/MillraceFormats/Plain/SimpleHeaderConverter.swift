public import MillraceCore

/// Kafka Connect's SimpleHeaderConverter: texts as they are, everything else in a form like JSON, with its own escapes and with
/// numbers as Java prints them.
public final class SimpleHeaderConverter: Converter {
  /// The settings below `header.converter.`.
  public static let options: [ConfigurationOption] = []

  /// Takes no settings.
  public init() {}

  public var form: ConvertedForm { .text }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    if slot.isNull { return false }
    if slot.kind == .text {
      batch.arena.withBytes(at: slot.offset, length: slot.count) { output.append($0) }
      return true
    }
    let schema: Schema? = schema == Record.noSchema ? nil : batch.schemas[Int(schema)]
    try ConnectText.append(batch.value(slot), schema, embedded: false, to: &output)
    return true
  }
}
