internal import MillraceCore

/// What the server says about its types: those of `pg_catalog` are known beforehand, the others come from `query`.
///
/// Immutable; when a type is not in it (made or altered since), the connector asks again and builds a new one.
final class PostgresTypeCatalog: Sendable {
  private let types: [UInt32: PostgresTypeDescriptor]

  /// All types outside `pg_catalog`, row types of tables left out. Columns, all text:
  /// OID, name, schema, kind (`typtype`, or `A` for an array), element, base type, base typmod, range subtype,
  /// enum labels (an array literal in sort order, or NULL), delimiter in arrays.
  static let query = """
    SELECT t.oid::text, t.typname::text, n.nspname::text, \
    CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typtype = 'b' THEN 'A' ELSE t.typtype::text END, \
    t.typelem::text, t.typbasetype::text, t.typtypmod::text, r.rngsubtype::text, \
    CASE WHEN t.typtype = 'e' THEN (SELECT coalesce(array_agg(e.enumlabel::text ORDER BY e.enumsortorder), '{}') \
    FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)::text END, t.typdelim::text \
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
    LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid \
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid \
    WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast') AND (t.typrelid = 0 OR c.relkind = 'c') ORDER BY t.oid
    """

  /// Only the types of `pg_catalog`.
  init() { types = Self.builtins }

  /// - Parameter rows: what `query` answered. Throws `postgres.type.catalog` if they have another shape.
  init(rows: [[String?]]) throws(MillraceError) {
    var types = Self.builtins
    for row in rows {
      guard let type = Self.descriptor(row) else {
        throw MillraceError(
          code: "postgres.type.catalog", component: "postgres", retry: .stop,
          message: "the server's list of types has an unexpected form",
          advice: "check that the server is PostgreSQL 10 or later and that pg_catalog is its own")
      }
      types[type.oid] = type
    }
    self.types = types
  }

  subscript(oid: UInt32) -> PostgresTypeDescriptor? { types[oid] }

  /// Where a chain of domains ends: the type below and the typmod that holds for it.
  func resolved(_ oid: UInt32, typmod: Int32) -> (type: PostgresTypeDescriptor, typmod: Int32)? {
    var oid = oid
    var typmod = typmod
    for _ in 0..<64 {
      guard let type = types[oid] else { return nil }
      guard case .domain(let base, let own) = type.kind else { return (type, typmod) }
      if typmod < 0 { typmod = own }
      oid = base
    }
    return nil
  }

  private static func descriptor(_ row: [String?]) -> PostgresTypeDescriptor? {
    guard row.count == 10, let delimiter = row[9]?.utf8.first, let oid = row[0].flatMap({ UInt32($0) }), let name = row[1], let schema = row[2], let form = row[3]
    else { return nil }
    let kind: PostgresTypeDescriptor.Kind
    switch form {
    case "A":
      guard let element = row[4].flatMap({ UInt32($0) }) else { return nil }
      kind = .array(element: element)
    case "b": kind = .base
    case "c": kind = .composite
    case "d":
      guard let base = row[5].flatMap({ UInt32($0) }), let typmod = row[6].flatMap({ Int32($0) }) else { return nil }
      kind = .domain(base: base, typmod: typmod)
    case "e":
      guard let labels = row[8].flatMap(PostgresArrayLiteral.strings) else { return nil }
      kind = .enumeration(labels: labels)
    case "r":
      guard let subtype = row[7].flatMap({ UInt32($0) }) else { return nil }
      kind = .range(subtype: subtype)
    case "m": kind = .multirange
    default: kind = .pseudo
    }
    return PostgresTypeDescriptor(oid: oid, name: name, schema: schema, kind: kind, delimiter: delimiter)
  }
}
