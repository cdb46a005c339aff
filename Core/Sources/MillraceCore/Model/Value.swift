/// A decoded value outside a batch: schema defaults, configuration, what embedders look at. Not used per event.
public indirect enum Value: Sendable, Hashable {
  case null
  case unavailable
  case boolean(Bool)
  case integer(Int64)
  case float(Double)
  case text(String)
  case bytes([UInt8])
  /// The fields of a struct in schema order.
  case structure([Value])
  case array([Value])
  case map([Pair])

  public struct Pair: Sendable, Hashable {
    public let key: Value
    public let value: Value
    public init(_ key: Value, _ value: Value) {
      self.key = key
      self.value = value
    }
  }
}
