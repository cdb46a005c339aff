public import MillraceCore

/// Kafka Connect's converters for one kind of value: a number in its own width, the highest byte first; a boolean in one byte.
///
/// A value of another kind is an error, as are dates and times, which Connect does not take for numbers.
public final class NumberConverter: Converter {
  /// One for each of Connect's classes.
  public enum Kind: String, CaseIterable, Sendable {
    /// In the words of the classes.
    case integer = "Integer", long = "Long", short = "Short", double = "Double", float = "Float", boolean = "Boolean"
  }

  /// The settings below `key.converter.` and the like.
  public static let options: [ConfigurationOption] = []

  /// Whether values of a schema are of the converter's kind.
  private final class Verdict: Sendable {
    let schema: Schema
    let fits: Bool

    init(_ schema: Schema, _ kind: Kind) {
      self.schema = schema
      fits = ProtobufLogical(schema) == nil && kind.fits(schema.kind)
    }
  }

  private let kind: Kind
  private let verdicts = PlanTable<Verdict>(limit: 1000)

  /// Takes no settings.
  public init(_ kind: Kind) { self.kind = kind }

  public var form: ConvertedForm { .binary }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    if slot.isNull { return false }
    let kind = kind
    var fits = kind.fits(slot.kind)
    if schema == Record.noSchema {
      // What has no schema is as wide as can be.
      fits = fits && (kind == .long || kind == .double || kind == .boolean)
    } else {
      let verdict = try verdicts.plan(schema, of: batch) { (schema) throws(MillraceError) in Verdict(schema, kind) }
      fits = fits && verdict._withUnsafeGuaranteedRef { $0.fits }
    }
    guard fits else {
      throw MillraceError(
        code: "format.number.mismatch", component: "number", retry: .record,
        message: "\(kind.rawValue)Converter takes \(kind.rawValue.lowercased()) values only, and the value is of another kind",
        advice: "use another converter for this topic, or a transform that casts the value", subject: batch.topics[Int(topic)])
    }
    var cursor = output.cursor(reserving: 16)
    switch kind {
    case .integer: cursor.put(bigEndian: slot.integer, count: 4)
    case .long: cursor.put(bigEndian: slot.integer, count: 8)
    case .short: cursor.put(bigEndian: slot.integer, count: 2)
    case .double: cursor.put(bigEndian: Int64(bitPattern: slot.float.bitPattern), count: 8)
    case .float: cursor.put(bigEndian: Int64(Float(slot.float).bitPattern), count: 4)
    case .boolean: cursor.put(slot.boolean ? 1 : 0)
    }
    output.finish(cursor)
    return true
  }
}

extension NumberConverter.Kind {
  fileprivate func fits(_ kind: Schema.Kind) -> Bool {
    switch (self, kind) {
    case (.integer, .int32), (.long, .int64), (.short, .int16), (.double, .float64), (.float, .float32), (.boolean, .boolean): true
    default: false
    }
  }

  fileprivate func fits(_ kind: Slot.Kind) -> Bool {
    switch self {
    case .integer, .long, .short: kind == .integer
    case .double, .float: kind == .float
    case .boolean: kind == .boolean
    }
  }
}
