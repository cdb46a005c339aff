/// What becomes of the values of a column before they are delivered: `column.truncate.to.*`, `column.mask.with.*`,
/// `column.mask.hash.*` (io.debezium.relational.mapping.TruncateColumn and MaskStrings).
public struct ColumnAlteration: Sendable, Equatable {
  enum Action: Sendable, Equatable {
    case truncation(Int)
    case stars(Int)
    case hash(HashAlgorithm, salt: [UInt8], isSerialized: Bool)
  }

  /// What a connector knows of a column, in Java's terms: they decide what a mask does to it.
  public struct Column: Sendable {
    /// Whether it is of a character type (java.sql.Types CHAR, VARCHAR and their kin): masks change no other.
    public var isCharacter: Bool
    /// Whether its values are plain bytes, which can be cut.
    public var isBinary: Bool
    /// The most characters of a value as JDBC tells it.
    public var length: Int

    public init(isCharacter: Bool, isBinary: Bool, length: Int) {
      self.isCharacter = isCharacter
      self.isBinary = isBinary
      self.length = length
    }
  }

  /// The setting, without a salt.
  public let key: String
  let action: Action

  /// Whether it is to hide the values, not to shorten them.
  public var isMask: Bool {
    if case .truncation = action { false } else { true }
  }

  /// What the column's schema says about it, whether or not it changes its values; nil where it says nothing.
  public func parameter(for column: Column) -> Schema.Parameter? {
    guard case .truncation(let length) = action else { return Schema.Parameter("masked", "true") }
    return column.length > length ? Schema.Parameter("truncateLength", String(length)) : nil
  }

  /// How the column's values change; nil where they stay as they are.
  public func change(for column: Column) -> ValueChange? {
    switch action {
    case .truncation(let length):
      column.length > length ? ValueChange(.truncation(length), cutsBytes: column.isBinary) : nil
    case .stars: column.isCharacter ? ValueChange(action, cutsBytes: false) : nil
    case .hash: column.isCharacter ? ValueChange(action, cutsBytes: false, maximum: column.length) : nil
    }
  }
}
