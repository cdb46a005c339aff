/// A decoded value outside a batch: schema defaults, configuration, what embedders look at. Not used per event.
public indirect enum Value: Sendable, Hashable {
  /// SQL's NULL.
  case null
  /// A value that the log did not carry.
  case unavailable
  /// A boolean.
  case boolean(Bool)
  /// Any whole number up to 64 bits, and the logical types over them.
  case integer(Int64)
  /// A float32 is widened.
  case float(Double)
  /// Any text; what its logical type means, the schema tells.
  case text(String)
  /// Binary data; of a decimal in a batch, the unscaled value.
  case bytes([UInt8])
  /// The fields of a struct in schema order.
  case structure([Value])
  /// Elements in order.
  case array([Value])
  /// Pairs in the order of the source; keys may be of any kind.
  case map([Pair])

  /// A key of a map with its value.
  public struct Pair: Sendable, Hashable {
    /// Of any kind.
    public let key: Value
    /// Of any kind, null included.
    public let value: Value
    /// A pair.
    public init(_ key: Value, _ value: Value) {
      self.key = key
      self.value = value
    }
  }
}
