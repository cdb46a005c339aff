/// What several readers of schemas ask.
extension Schema {
  /// Connect's arbitrary-precision decimal over bytes.
  package var isDecimal: Bool {
    if case .bytes = kind { name == "org.apache.kafka.connect.data.Decimal" } else { false }
  }

  /// The scale of a decimal.
  package var scale: Int { parameter("scale").flatMap { Int($0) } ?? 0 }

  /// The default, unless it is null.
  package var substitute: Value? {
    guard let defaultValue, defaultValue != .null else { return nil }
    return defaultValue
  }
}
