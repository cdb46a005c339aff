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
  /// What the slot holds; the type itself is in the schema.
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// As the description of `Slot` has them.
    case null, unavailable, boolean, integer, float, text, bytes, structure, array, map
  }

  /// The number itself, or a place: see `offset`.
  public var bits: UInt64
  /// Bytes of text and binary data, fields, elements, or pairs; 0 for the rest.
  public var length: UInt32
  /// Decides how `bits` and `length` are read.
  public var kind: Kind

  /// The parts as they are; the functions below are safer.
  @inlinable public init(kind: Kind, bits: UInt64 = 0, length: UInt32 = 0) {
    self.bits = bits
    self.length = length
    self.kind = kind
  }

  /// SQL's NULL.
  @inlinable public static var null: Slot { Slot(kind: .null) }
  /// A value that the log did not carry.
  @inlinable public static var unavailable: Slot { Slot(kind: .unavailable) }
  /// A boolean, inline.
  @inlinable public static func boolean(_ value: Bool) -> Slot { Slot(kind: .boolean, bits: value ? 1 : 0) }
  /// A whole number of any width, inline.
  @inlinable public static func integer(_ value: Int64) -> Slot { Slot(kind: .integer, bits: UInt64(bitPattern: value)) }
  /// A float32 is widened; its schema tells the converter to narrow it again, which is exact.
  @inlinable public static func float(_ value: Double) -> Slot { Slot(kind: .float, bits: value.bitPattern) }
  /// UTF-8 that stands in the arena.
  @inlinable public static func text(offset: Int, length: Int) -> Slot {
    Slot(kind: .text, bits: UInt64(truncatingIfNeeded: offset), length: UInt32(length))
  }
  /// Binary data that stands in the arena.
  @inlinable public static func bytes(offset: Int, length: Int) -> Slot {
    Slot(kind: .bytes, bits: UInt64(truncatingIfNeeded: offset), length: UInt32(length))
  }
  /// A run of slots, one for each field of the schema.
  @inlinable public static func structure(first: Int, count: Int) -> Slot {
    Slot(kind: .structure, bits: UInt64(truncatingIfNeeded: first), length: UInt32(count))
  }
  /// A run of slots, one for each element.
  @inlinable public static func array(first: Int, count: Int) -> Slot {
    Slot(kind: .array, bits: UInt64(truncatingIfNeeded: first), length: UInt32(count))
  }
  /// `count` pairs.
  @inlinable public static func map(first: Int, count: Int) -> Slot {
    Slot(kind: .map, bits: UInt64(truncatingIfNeeded: first), length: UInt32(count))
  }

  /// Means something for `boolean` slots only.
  @inlinable public var boolean: Bool { bits != 0 }
  /// Means something for `integer` slots only.
  @inlinable public var integer: Int64 { Int64(bitPattern: bits) }
  /// Means something for `float` slots only.
  @inlinable public var float: Double { Double(bitPattern: bits) }
  /// Arena offset of text and bytes, or index of the first slot of a structure, array or map.
  @inlinable public var offset: Int { Int(truncatingIfNeeded: bits) }
  /// `length` as an Int.
  @inlinable public var count: Int { Int(length) }
  /// Whether it is SQL's NULL; `unavailable` is not.
  @inlinable public var isNull: Bool { kind == .null }
}
