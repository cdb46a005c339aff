internal import MillraceCore

/// Chooses schema and codec for a column, as Debezium's PostgresValueConverter does.
struct TypeMapper: Sendable {
  let catalog: PostgresTypeCatalog
  var modes = TypeModes()

  init(catalog: PostgresTypeCatalog, modes: TypeModes = TypeModes()) {
    self.catalog = catalog
    self.modes = modes
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

    init(_ kind: Schema.Kind, _ codec: ColumnCodec, name: String? = nil) {
      self.kind = kind
      self.codec = codec
      self.name = name
    }

    func schema(optional: Bool, default value: Value? = nil) -> Schema {
      Schema(
        kind, optional: optional, name: name, version: name == nil ? nil : 1, doc: doc, parameters: parameters,
        defaultValue: value)
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
    known(type: oid, typmod: typmod) ?? (modes.includesUnknownTypes ? Mapping(.bytes, ColumnCodec(.raw)) : nil)
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

  private func array(_ type: PostgresTypeDescriptor, element oid: UInt32, typmod: Int32) -> Mapping? {
    if type.name == "int2vector" || type.name == "oidvector" {
      let element: Schema = type.name == "int2vector" ? .int16 : .int64
      return Mapping(.array(element), ColumnCodec(.vector))
    }
    guard let element = catalog[oid] else { return nil }
    switch element.kind {
    case .array, .domain: return nil
    default: break
    }
    // The reference has no array of these.
    let unmapped: Set<String> = ["money", "name", "interval", "varbit", "xml", "point"]
    guard !unmapped.contains(element.name), let inner = known(type: oid, typmod: typmod) else { return nil }
    return Mapping(
      .array(inner.schema(optional: inner.isOptionalElement)),
      ColumnCodec(arrayOf: inner.codec, optionalElements: inner.isOptionalElement))
  }
}
