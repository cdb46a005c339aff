internal import MillraceCore

/// `column.propagate.source.type` and `datatype.propagate.source.type`: the fields whose schema names the database's type, as
/// parameters `__debezium.source.column.*` (io.debezium.relational.mapping.PropagateSourceMetadataToSchemaParameter).
struct SourceTypePropagation: Sendable {
  private let columns: NameFilter?
  private let types: NameFilter?

  /// Nil where neither setting is given.
  init?(_ configuration: inout Configuration) {
    columns = NameFilter("column.propagate.source.type", of: &configuration)
    types = NameFilter("datatype.propagate.source.type", of: &configuration)
    if columns == nil, types == nil { return nil }
  }

  /// The schema with the parameters of its column, or as it is where none are wanted.
  /// - Parameter table: with its database in front.
  func schema(_ schema: Schema, of column: ColumnDefinition, table: String) -> Schema {
    let type = column.debeziumTypeName
    guard columns?.matches("\(table).\(column.name)") == true || types?.matches("\(table).\(type)") == true else { return schema }
    var parameters = [("type", type)]
    if let length = column.debeziumLength { parameters.append(("length", "\(length)")) }
    if let scale = column.scale { parameters.append(("scale", "\(scale)")) }
    parameters.append(("name", column.name))
    return Schema(
      schema.kind, optional: schema.isOptional, name: schema.name, version: schema.version, doc: schema.doc,
      parameters: schema.parameters + parameters.map { Schema.Parameter("__debezium.source.column.\($0)", $1) },
      defaultValue: schema.defaultValue, placeholder: schema.placeholder)
  }
}

extension ColumnDefinition {
  /// `BIGINT UNSIGNED`.
  var debeziumTypeName: String {
    var name = writtenType ?? type.rawValue.uppercased()
    if isUnsigned || isZerofill { name += " UNSIGNED" }
    if isZerofill { name += " ZEROFILL" }
    return name
  }

  /// As the reference counts it: an ENUM has one character, a SET two per member.
  var debeziumLength: Int? {
    switch type {
    case .enum: 1
    case .set: max(0, members.count * 2 - 1)
    case .bit: length ?? 1
    default: length
    }
  }
}
