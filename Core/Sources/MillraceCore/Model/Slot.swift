/// One value inside a batch: 16 bytes, a kind and an inline number or a place in the batch.
///
/// What a slot means is told by the `Schema` that goes with it:
/// - `boolean`, `integer` (int8 … int64 and every logical type over them) and `float` are inline;
/// - `text` (UTF-8) and `bytes` are `length` bytes of the batch's arena from offset `bits`;
/// - `structure` is a run of `length` slots from index `bits`, one for each field, in schema order;
/// - `array` is a run of `length` slots; `map` a run of `2 × length` slots, key and value by turns;
/// - a decimal (`org.apache.kafka.connect.data.Decimal`, over bytes) is either `integer`, the unscaled value, or
///   `bytes`, the unscaled value as big-endian two's complement of any size;
/// - `null` is SQL's NULL; `unavailable` is a value that the log did not carry (unchanged TOAST, partial image).
public struct Slot: BitwiseCopyable, Sendable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    case null, unavailable, boolean, integer, float, text, bytes, structure, array, map
  }

  public var bits: UInt64
  public var length: UInt32
  public var kind: Kind

  @inlinable public init(kind: Kind, bits: UInt64 = 0, length: UInt32 = 0) {
    self.bits = bits
    self.length = length
    self.kind = kind
  }

  @inlinable public static var null: Slot { Slot(kind: .null) }
  @inlinable public static var unavailable: Slot { Slot(kind: .unavailable) }
  @inlinable public static func boolean(_ value: Bool) -> Slot { Slot(kind: .boolean, bits: value ? 1 : 0) }
  @inlinable public static func integer(_ value: Int64) -> Slot { Slot(kind: .integer, bits: UInt64(bitPattern: value)) }
  /// A float32 is widened; its schema tells the converter to narrow it again, which is exact.
  @inlinable public static func float(_ value: Double) -> Slot { Slot(kind: .float, bits: value.bitPattern) }
  @inlinable public static func text(offset: Int, length: Int) -> Slot {
    Slot(kind: .text, bits: UInt64(truncatingIfNeeded: offset), length: UInt32(length))
  }
  @inlinable public static func bytes(offset: Int, length: Int) -> Slot {
    Slot(kind: .bytes, bits: UInt64(truncatingIfNeeded: offset), length: UInt32(length))
  }
  @inlinable public static func structure(first: Int, count: Int) -> Slot {
    Slot(kind: .structure, bits: UInt64(truncatingIfNeeded: first), length: UInt32(count))
  }
  @inlinable public static func array(first: Int, count: Int) -> Slot {
    Slot(kind: .array, bits: UInt64(truncatingIfNeeded: first), length: UInt32(count))
  }
  /// `count` pairs.
  @inlinable public static func map(first: Int, count: Int) -> Slot {
    Slot(kind: .map, bits: UInt64(truncatingIfNeeded: first), length: UInt32(count))
  }

  @inlinable public var boolean: Bool { bits != 0 }
  @inlinable public var integer: Int64 { Int64(bitPattern: bits) }
  @inlinable public var float: Double { Double(bitPattern: bits) }
  /// Arena offset of text and bytes, or index of the first slot of a structure, array or map.
  @inlinable public var offset: Int { Int(truncatingIfNeeded: bits) }
  @inlinable public var count: Int { Int(length) }
  @inlinable public var isNull: Bool { kind == .null }
}
