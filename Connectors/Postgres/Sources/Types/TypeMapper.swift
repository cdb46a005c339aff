internal import MillraceCore

/// Chooses schema and codec for a column, as Debezium's PostgresValueConverter does.
struct TypeMapper: Sendable {
  var catalog: PostgresTypeCatalog
  let modes: TypeModes
  private let propagation: SourceTypePropagation?

  init(catalog: PostgresTypeCatalog, modes: TypeModes = TypeModes(), propagation: SourceTypePropagation? = nil) {
    self.catalog = catalog
    self.modes = modes
    self.propagation = propagation
  }

  /// A row's field as it stands in the row's schema: that of the key does not name the database's type.
  func rowField(_ field: Schema.Field, of column: PostgresTable.Column, schema: String, table: String) -> Schema.Field {
    propagation?.field(field, of: column, schema: schema, table: table, catalog) ?? field
  }

  /// How values of the type are read, or nil where the type has no mapping and the column is left out.
  /// - Parameter notNull: whether the schema will be required: then a `NaN` that has no decimal is an error, not null.
  func codec(type oid: UInt32, typmod: Int32, notNull: Bool = false) -> ColumnCodec? {
    guard var codec = mapping(type: oid, typmod: typmod)?.codec else { return nil }
    codec.isRequired = notNull && codec.form != .array
    return codec
  }

  /// The column's schema, or nil where the type has no mapping and the column is left out.
  ///
  /// - Parameter defaultExpression: `pg_get_expr(adbin, adrelid)` under TimeZone UTC and DateStyle ISO; nil for generated and
  ///   identity columns.
  func columnSchema(type oid: UInt32, typmod: Int32, notNull: Bool, defaultExpression: String? = nil) -> Schema? {
    guard let mapping = mapping(type: oid, typmod: typmod) else { return nil }
    let value = defaultExpression.flatMap { expression in
      mapping.takesDefault ? DefaultExpression(expression).value(of: mapping) : nil
    }
    return mapping.schema(optional: !notNull, default: value)
  }

  /// A type's schema but for optionality and default, with its codec.
  struct Mapping {
    var kind: Schema.Kind
    var codec: ColumnCodec
    var name: String?
    var doc: String?
    var parameters: [Schema.Parameter] = []
    /// What a default that is a function call becomes, as the type's text; nil: no default.
    var zero: String?
    /// Whether defaults are shown at all: the reference knows them for some types only, and for no domain.
    var takesDefault = false
    /// Whether elements of this type may be null in an array's schema.
    var isOptionalElement = true
    /// Whether the schema is optional even where the column is NOT NULL.
    var isAlwaysOptional = false
    /// What stands for a value that the log did not carry.
    var placeholder = Schema.Placeholder.ofKind

    init(_ kind: Schema.Kind, _ codec: ColumnCodec, name: String? = nil) {
      self.kind = kind
      self.codec = codec
      self.name = name
    }

    func schema(optional: Bool, default value: Value? = nil) -> Schema {
      Schema(
        kind, optional: optional || isAlwaysOptional, name: name, version: name == nil ? nil : 1, doc: doc,
        parameters: parameters, defaultValue: value, placeholder: placeholder)
    }

    /// The same, with defaults; `zero` stands for what a function would give.
    func defaulting(_ zero: String?) -> Mapping {
      var copy = self
      copy.takesDefault = true
      copy.zero = zero
      return copy
    }
  }

  private func mapping(type oid: UInt32, typmod: Int32) -> Mapping? {
    if let mapping = known(type: oid, typmod: typmod) { return mapping }
    guard modes.includesUnknownTypes else { return nil }
    guard let (type, _) = catalog.resolved(oid, typmod: typmod), case .array(let element) = type.kind else {
      return Mapping(modes.binaries.schema.kind, ColumnCodec(raw))
    }
    if hasNoArray(element) { return nil }
    var codec = ColumnCodec(arrayOf: ColumnCodec(raw), optionalElements: false)
    codec.delimiter = catalog[element]?.delimiter ?? codec.delimiter
    return Mapping(.array(modes.binaries.schema), codec)
  }

  /// What a type without mapping becomes.
  private var raw: ColumnCodec.Form {
    switch modes.binaries {
    case .bytes: .raw
    case .base64: .rawBase64
    case .base64URLSafe: .rawBase64URL
    case .hex: .rawHex
    }
  }

  private func known(type oid: UInt32, typmod: Int32) -> Mapping? {
    guard let (type, typmod) = catalog.resolved(oid, typmod: typmod) else { return nil }
    let isDomain = type.oid != oid
    var mapping: Mapping?
    switch type.kind {
    case .base: mapping = base(type, typmod: typmod)
    case .range: mapping = type.schema == "pg_catalog" ? Mapping(.string, ColumnCodec(.text)) : nil
    case .enumeration(let labels):
      var labelled = Mapping(.string, ColumnCodec(.text), name: "io.debezium.data.Enum").defaulting(nil)
      labelled.parameters = [Schema.Parameter("allowed", labels.joined(separator: ","))]
      labelled.isOptionalElement = false
      mapping = labelled
    case .array(let element): mapping = array(type, element: element, typmod: typmod)
    case .domain, .multirange, .composite, .pseudo: mapping = nil
    }
    if isDomain { mapping?.takesDefault = false }
    return mapping
  }

  /// Element types of which the reference has no array, not even as bytes.
  private func hasNoArray(_ element: UInt32) -> Bool {
    guard let type = catalog[element], type.schema == "pg_catalog" else { return false }
    return ["money", "name", "interval", "varbit", "xml", "point", "refcursor"].contains(type.name)
  }

  private func array(_ type: PostgresTypeDescriptor, element oid: UInt32, typmod: Int32) -> Mapping? {
    if type.name == "int2vector" || type.name == "oidvector" {
      let element: Schema = type.name == "int2vector" ? .int16 : .int64
      return Mapping(.array(element), ColumnCodec(.vector))
    }
    guard let element = catalog[oid], !hasNoArray(oid) else { return nil }
    switch element.kind {
    case .array, .domain: return nil
    default: break
    }
    guard let inner = known(type: oid, typmod: typmod), inner.codec.isScalar else { return nil }
    var codec = ColumnCodec(arrayOf: inner.codec, optionalElements: inner.isOptionalElement)
    codec.delimiter = element.delimiter
    return Mapping(.array(inner.schema(optional: inner.isOptionalElement)), codec)
  }
}
