/// One row of `pg_type`, with what hangs on it.
struct PostgresTypeDescriptor: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case base
    case array(element: UInt32)
    /// `typmod` is the domain's own (-1 where it gives none); a column of a domain has none.
    case domain(base: UInt32, typmod: Int32)
    /// In the order of `enumsortorder`.
    case enumeration(labels: [String])
    case range(subtype: UInt32)
    case multirange
    case composite
    case pseudo
  }

  let oid: UInt32
  let name: String
  let schema: String
  let kind: Kind
  /// What stands between values of this type in an array literal (`typdelim`).
  let delimiter: UInt8

  init(oid: UInt32, name: String, schema: String = "pg_catalog", kind: Kind, delimiter: UInt8 = UInt8(ascii: ",")) {
    self.oid = oid
    self.name = name
    self.schema = schema
    self.kind = kind
    self.delimiter = delimiter
  }
}
