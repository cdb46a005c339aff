public import MillraceCore

/// Kafka Connect's StringConverter: what `toString` makes of a value: `Struct{id=1,tags=[a, b]}`.
///
/// Where Java writes the identity of an object (bytes) or a date in the words of its locale, base64 and ISO 8601 are written.
public final class StringConverter: Converter {
  /// The settings below `key.converter.` and the like.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("converter.encoding", default: "UTF-8", "The character set of the text; only UTF-8.")
  ]

  private let placeholder: [UInt8]

  /// - Parameter placeholder: what stands for a value that the log did not carry.
  public init(placeholder: [UInt8] = UnavailableValue.defaultPlaceholder) { self.placeholder = placeholder }

  /// Reads the settings; mistakes become findings of `configuration`.
  public init(_ configuration: inout Configuration, placeholder: [UInt8] = UnavailableValue.defaultPlaceholder) {
    self.placeholder = placeholder
    if let encoding = configuration["converter.encoding"], !["utf-8", "utf8"].contains(encoding.lowercased()) {
      configuration.report(
        Finding(key: "converter.encoding", problem: "\"\(encoding)\" is not supported", advice: "leave it out: text is UTF-8"))
    }
  }

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
    try append(batch.value(slot), schema, to: &output)
    return true
  }

  private func append(_ value: Value, _ schema: Schema?, to output: inout ByteArena) throws(MillraceError) {
    switch value {
    case .unavailable: output.append(placeholder)
    case .array(let values):
      var items: Schema?
      if case .array(let schema) = schema?.kind { items = schema }
      output.append("[")
      for (index, value) in values.enumerated() {
        if index > 0 { output.append(", ") }
        try append(value, items, to: &output)
      }
      output.append("]")
    case .map(let pairs):
      var key: Schema?
      var item: Schema?
      if case .map(let keySchema, let itemSchema) = schema?.kind { (key, item) = (keySchema, itemSchema) }
      output.append("{")
      for (index, pair) in pairs.enumerated() {
        if index > 0 { output.append(", ") }
        try append(pair.key, key, to: &output)
        output.append("=")
        try append(pair.value, item, to: &output)
      }
      output.append("}")
    case .structure(let values):
      guard let fields = schema?.fields, fields.count == values.count else { throw .mismatch(schema?.name ?? "a struct") }
      output.append("Struct{")
      var isFirst = true
      // Fields that are null are left out.
      for (index, field) in fields.enumerated() where values[index] != .null {
        if !isFirst { output.append(",") }
        isFirst = false
        output.append("\(field.name)=")
        try append(values[index], field.schema, to: &output)
      }
      output.append("}")
    default: try ConnectText.append(value, schema, embedded: false, to: &output)
    }
  }
}
