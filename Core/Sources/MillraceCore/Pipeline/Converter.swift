/// Turns keys, values and headers into bytes: Kafka Connect's `Converter` and `HeaderConverter`.
///
/// Whatever depends on the schema alone is computed once for each schema object and kept. One converter instance is used by
/// one stage at a time.
public protocol Converter: AnyObject, Sendable {
  /// Appends the serialised form of `slot` to `output`.
  ///
  /// - Parameters:
  ///   - slot: a value of `batch`; `null` with no schema is a null key or a tombstone.
  ///   - schema: its schema, an index into `batch.schemas`, or `Record.noSchema`.
  ///   - topic: the record's topic, an index into `batch.topics` (registries name their subjects after it).
  ///   - batch: what the slot and the indices belong to.
  ///   - output: what is there already stays.
  /// - Returns: false for a null without bytes (Kafka's null); nothing is appended then.
  func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool

  /// Whether the bytes are JSON, so that a line-oriented sink can embed them as they are.
  var form: ConvertedForm { get }
}

/// A converter that has to ask others first, such as a schema registry that numbers schemas.
///
/// `prepare` is called for each batch, behind the transforms and before the sink is given it; `convert` then waits for nobody.
public protocol PreparingConverter: Converter {
  /// Finds out what `convert` will need for the records of the batch that are not dropped. May add headers to them, and
  /// put what their headers tell into their values; no more.
  ///
  /// An error here is about all records: of class `retry` it is tried again for `errors.retry.timeout`, and else ends the attempt. What
  /// is wrong with one record, or with those of one schema, `convert` throws. May be called again for the same batch.
  func prepare(_ box: BatchBox, _ side: RecordPart) async throws(MillraceError)
}

/// The two halves of a record that converters turn into bytes.
public enum RecordPart: String, Sendable {
  /// `Record.key`, or `Record.value`.
  case key, value
}

/// What the bytes of a converter are, for sinks that write lines.
public enum ConvertedForm: Sendable {
  /// One JSON value.
  case json
  /// UTF-8 text.
  case text
  /// Anything.
  case binary
}

/// The three converters of a pipeline.
public struct RecordConverters: Sendable {
  /// For `Record.key`.
  public let key: any Converter
  /// For `Record.value`.
  public let value: any Converter
  /// For each header's value.
  public let header: any Converter
  /// The three may be one object only if it keeps no state between calls.
  public init(key: any Converter, value: any Converter, header: any Converter) {
    self.key = key
    self.value = value
    self.header = header
  }
}
