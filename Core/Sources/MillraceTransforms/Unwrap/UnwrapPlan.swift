internal import MillraceCore

/// What unwrapping does with the records of one envelope schema.
final class UnwrapPlan: Sendable {
  /// Kept so that the identity under which the plan is found stays taken.
  let envelope: Schema
  let before: Int
  let after: Int
  /// The row's own schema, which a delete that becomes null keeps.
  let rowSchema: Schema
  /// The result of a change and of a rewritten delete: a required struct, also where nothing is added.
  let afterSchema: Schema
  let beforeSchema: Schema
  let fields: [FieldReference.Place]
  let headers: [FieldReference.Place]
  /// The fields of a row whose null becomes a default, where fields are added to it by rewriting.
  let afterDefaults: [(field: Int, value: Value)]
  let beforeDefaults: [(field: Int, value: Value)]
  /// Where the topic is read from.
  let afterRoute: Int?
  let beforeRoute: Int?

  /// - Returns: nil if `schema` is not an envelope: its records pass unchanged.
  init?(_ schema: Schema, _ settings: UnwrapSettings) throws(MillraceError) {
    guard Envelope.isEnvelope(schema), let after = schema.index(of: "after") else { return nil }
    envelope = schema
    self.after = after
    // Some sources have no image of the row before.
    before = schema.index(of: "before") ?? after
    var places: [FieldReference.Place] = []
    for reference in settings.fields { if let place = try reference.place(in: schema) { places.append(place) } }
    fields = places
    places = []
    for reference in settings.headers { if let place = try reference.place(in: schema) { places.append(place) } }
    headers = places
    let afterRow = schema.fields[after].schema
    let beforeRow = schema.fields[before].schema
    rowSchema = afterRow
    afterSchema = Self.extended(afterRow, settings, fields)
    beforeSchema = beforeRow === afterRow ? afterSchema : Self.extended(beforeRow, settings, fields)
    afterDefaults = Self.defaults(afterRow, settings)
    beforeDefaults = Self.defaults(beforeRow, settings)
    afterRoute = try Self.route(afterRow, settings)
    beforeRoute = try Self.route(beforeRow, settings)
  }

  /// The row with `__deleted` and the added fields, no longer optional.
  private static func extended(_ row: Schema, _ settings: UnwrapSettings, _ places: [FieldReference.Place]) -> Schema {
    guard case .structure(var fields) = row.kind else { return row }
    if settings.rewrites { fields.append(Schema.Field("__deleted", .optionalString)) }
    for place in places { fields.append(Schema.Field(place.newName, place.schema)) }
    return Schema(.structure(fields), name: row.name, version: row.version, doc: row.doc, parameters: row.parameters)
  }

  private static func defaults(_ row: Schema, _ settings: UnwrapSettings) -> [(field: Int, value: Value)] {
    guard settings.rewrites, settings.replacesNullWithDefault else { return [] }
    return row.fields.enumerated().compactMap { index, field in
      field.schema.substitute.map { (index, $0) }
    }
  }

  private static func route(_ row: Schema, _ settings: UnwrapSettings) throws(MillraceError) -> Int? {
    guard let name = settings.routeByField else { return nil }
    if let index = row.index(of: name), case .string = row.fields[index].schema.kind { return index }
    throw MillraceError(
      code: "transform.route.field", component: "unwrap", retry: .record,
      message: "records are routed by the field \(name), which is missing or no string", advice: "correct route.by.field",
      subject: row.name)
  }
}

/// What the options of `ExtractNewRecordState` come to.
struct UnwrapSettings: Sendable {
  var deletes = ExtractNewRecordState.DeleteHandling.tombstone
  var fields: [FieldReference] = []
  var headers: [FieldReference] = []
  var routeByField: String?
  var dropFieldsHeader: String?
  var dropsFieldsFromKey = false
  var keepsSchemaCompatible = true
  var replacesNullWithDefault = true

  /// Whether rows tell by `__deleted` whether they were deleted.
  var rewrites: Bool { deletes == .rewrite || deletes == .rewriteWithTombstone }
}
