internal import MillraceCore

/// The statements that read a table in chunks.
struct SnapshotQuery: Sendable {
  let table: TableID
  /// By result column: the place of the table's column, nil for one that the table does not have.
  let columns: [Int?]
  /// What is selected, where no statement of the configuration says so.
  let expressions: [String]
  /// The column whose ranges are the chunks; nil where the table is read as a whole.
  let range: KeyRange?
  private let statement: String

  /// The columns that the shape needs.
  init(_ definition: TableDefinition, shape: TableShape, range: KeyRange?) {
    table = definition.id
    self.range = range
    let places = shape.columns.indices.filter { shape.columns[$0].field != TableShape.Column.leftOut }
    columns = places.map { $0 }
    expressions = places.map { SnapshotQuery.expression(definition.columns[$0], shape.columns[$0].codec) }
    statement = "SELECT \(expressions.isEmpty ? "1" : expressions.joined(separator: ", ")) FROM \(definition.id.quoted)"
  }

  /// A statement of the configuration, whose columns are known by their names.
  init(_ definition: TableDefinition, statement: String, names: [String]) {
    table = definition.id
    range = nil
    columns = names.map { definition.column($0) }
    expressions = []
    self.statement = statement
  }

  /// A FLOAT as text has six digits only; as a DOUBLE it has all of them.
  private static func expression(_ column: ColumnDefinition, _ codec: ColumnCodec) -> String {
    let name = MySQLConnection.quote(identifier: column.name)
    return codec.form == .float32 && column.type == .float ? "\(name) + 0e0" : name
  }

  func statement(for chunk: SnapshotChunk) -> String {
    guard let range else { return statement }
    let conditions = range.conditions(chunk.range)
    return conditions.isEmpty ? statement : "\(statement) WHERE \(conditions.joined(separator: " AND "))"
  }
}

/// Chunks by the first column of the primary key, where it is a whole number. Units are its values from the smallest possible on.
struct KeyRange: Sendable, Equatable {
  let column: String
  let isUnsigned: Bool

  /// nil where the primary key does not begin with a whole number.
  init?(_ table: TableDefinition) {
    guard let name = table.primaryKey.first, let place = table.column(name) else { return nil }
    let column = table.columns[place]
    switch column.type {
    case .tinyint, .smallint, .mediumint, .int, .bigint: break
    default: return nil
    }
    self.column = column.name
    isUnsigned = column.isUnsigned || column.isZerofill
  }

  /// Ranges of another column or sign mean something else.
  var layout: String { "\(isUnsigned ? "unsigned" : "signed") \(column)" }

  func unit(_ text: String) -> UInt64? {
    isUnsigned ? UInt64(text) : Int64(text).map { UInt64(bitPattern: $0) ^ (1 << 63) }
  }

  private func text(_ unit: UInt64) -> String {
    isUnsigned ? "\(unit)" : "\(Int64(bitPattern: unit ^ (1 << 63)))"
  }

  /// The first unit of all has no lower bound, and the last no upper one.
  func conditions(_ units: Range<UInt64>) -> [String] {
    let name = MySQLConnection.quote(identifier: column)
    var conditions: [String] = []
    if units.lowerBound > 0 { conditions.append("\(name) >= \(text(units.lowerBound))") }
    if units.upperBound < .max { conditions.append("\(name) < \(text(units.upperBound))") }
    return conditions
  }
}

extension TableID {
  var quoted: String { MySQLConnection.quote(identifier: database) + "." + MySQLConnection.quote(identifier: table) }
}
