/// A Swift type that a field can be asked for: `row.get("price", as: Double.self)`.
///
/// Conform a type of your own by reading the field and throwing `field.mismatch(…)` where it does not fit.
public protocol RowValue {
  /// Makes it of the value of `field`, or throws `field.mismatch`.
  init(_ field: FieldValue) throws(MillraceError)
}

/// A value that the log may not have carried: unchanged TOAST.
public enum Available<Wrapped> {
  case value(Wrapped)
  /// Not null, and not known.
  case unavailable
}

extension Available: Sendable where Wrapped: Sendable {}
extension Available: Equatable where Wrapped: Equatable {}

extension Available: RowValue where Wrapped: RowValue {
  public init(_ field: FieldValue) throws(MillraceError) {
    self = field.isUnavailable ? .unavailable : .value(try Wrapped(field))
  }
}

extension Available: Decodable where Wrapped: Decodable {
  /// Decodes from a `Row`; other decoders know no unavailable values.
  public init(from decoder: any Decoder) throws {
    if let decoder = decoder as? FieldDecoder, decoder.field.isUnavailable {
      self = .unavailable
    } else {
      self = .value(try decoder.singleValueContainer().decode(Wrapped.self))
    }
  }
}

/// Null is nil; an unavailable value is an error all the same.
extension Optional: RowValue where Wrapped: RowValue {
  public init(_ field: FieldValue) throws(MillraceError) { self = field.isNull ? nil : try Wrapped(field) }
}

extension RowValue where Self: FixedWidthInteger {
  /// Whole numbers that fit, and the plain numbers behind dates, times and durations.
  public init(_ field: FieldValue) throws(MillraceError) {
    guard let integer = field.integer, let value = Self(exactly: integer) else { throw field.mismatch("\(Self.self)") }
    self = value
  }
}

extension Int: RowValue {}
extension Int8: RowValue {}
extension Int16: RowValue {}
extension Int32: RowValue {}
extension Int64: RowValue {}
extension UInt8: RowValue {}
extension UInt16: RowValue {}
extension UInt32: RowValue {}
extension UInt64: RowValue {}

extension Bool: RowValue {
  public init(_ field: FieldValue) throws(MillraceError) {
    guard let value = field.boolean else { throw field.mismatch("Bool") }
    self = value
  }
}

extension Double: RowValue {
  /// Floating-point numbers; decimals and whole numbers too, rounded to the nearest.
  public init(_ field: FieldValue) throws(MillraceError) {
    if let value = field.float {
      self = value
    } else if let value = field.integer {
      self = Double(value)
    } else if let value = field.decimal.flatMap({ Double($0) }) {
      self = value
    } else {
      throw field.mismatch("Double")
    }
  }
}

extension Float: RowValue {
  /// As `Double`, rounded to the nearest.
  public init(_ field: FieldValue) throws(MillraceError) { self = Float(try Double(field)) }
}

extension String: RowValue {
  /// Text, and decimals as exact text.
  public init(_ field: FieldValue) throws(MillraceError) {
    guard let value = field.text ?? field.decimal else { throw field.mismatch("String") }
    self = value
  }
}

extension Array: RowValue where Element: RowValue {
  /// Arrays; `[UInt8]` is binary data, too.
  public init(_ field: FieldValue) throws(MillraceError) {
    if let bytes = field.bytes as? [Element] {
      self = bytes
      return
    }
    guard let elements = field.elements else { throw field.mismatch("\(Self.self)") }
    self = []
    for element in elements { append(try Element(element)) }
  }
}
