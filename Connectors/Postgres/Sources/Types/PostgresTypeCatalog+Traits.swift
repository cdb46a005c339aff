internal import MillraceCore

/// What JDBC says of a column: masks and truncation go by it.
extension PostgresTypeCatalog {
  func traits(type oid: UInt32, typmod: Int32, schema: Schema) -> ColumnAlteration.Column {
    ColumnAlteration.Column(
      isCharacter: isCharacter(oid, typmod), isBinary: schema.kind == .bytes && schema.name == nil,
      length: length(of: oid, typmod: typmod))
  }

  /// Whether JDBC has a character type for it. For json, uuid, inet, citext and the other types that are only delivered as
  /// text it has none, so that masks do not change them.
  private func isCharacter(_ oid: UInt32, _ typmod: Int32) -> Bool {
    guard let (type, _) = resolved(oid, typmod: typmod) else { return false }
    if case .enumeration = type.kind { return true }
    guard case .base = type.kind, type.schema == "pg_catalog" else { return false }
    return ["text", "varchar", "bpchar", "name", "char"].contains(type.name)
  }

  /// The length as Debezium has it, of an array that of its elements: characters, digits, or what a text form would take
  /// (org.postgresql.jdbc.TypeInfoCache). Where there is none it is the largest 32-bit number.
  func length(of oid: UInt32, typmod: Int32) -> Int {
    let unlimited = Int(Int32.max)
    guard let (type, typmod) = resolved(oid, typmod: typmod) else { return unlimited }
    if case .array(let element) = type.kind {
      // int2vector and oidvector.
      return type.name.hasSuffix("vector") ? unlimited : length(of: element, typmod: typmod)
    }
    guard case .base = type.kind, type.schema == "pg_catalog" else { return unlimited }
    // The seconds' fraction with its dot; of one digit the driver says two.
    let digits = typmod < 0 || typmod > 6 ? 6 : Int(typmod)
    let fraction = digits == 0 ? 0 : digits == 1 ? 3 : digits + 1
    switch type.name {
    case "text", "varchar", "bpchar": return typmod >= 4 ? Int(typmod) - 4 : unlimited
    case "bool", "char": return 1
    case "int2": return 5
    case "int4", "oid": return 10
    case "int8": return 19
    case "float4": return 8
    case "float8": return 17
    // Without precision: the most digits that a numeric has.
    case "numeric": return typmod >= 4 ? Int((typmod - 4) >> 16 & 0xFFFF) : 131_089
    case "bit", "varbit": return typmod > 0 ? Int(typmod) : unlimited
    case "date": return 13
    case "time": return 8 + fraction
    case "timetz": return 14 + fraction
    case "timestamp": return 22 + fraction
    case "timestamptz": return 28 + fraction
    case "interval": return 49
    default: return unlimited
    }
  }
}
