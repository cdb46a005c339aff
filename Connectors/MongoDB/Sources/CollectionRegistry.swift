internal import MillraceCore

/// The shapes of all collections met so far: one object for each, so that the plans of converters and transforms last. For one thread
/// at a time.
final class CollectionRegistry {
  private let settings: MongoDBSettings
  private let source: Schema
  private var shapes: [String: CollectionShape?] = [:]

  init(_ settings: MongoDBSettings) {
    self.settings = settings
    source = SourceBlock.schema(settings.schemaNames.adjusted)
  }

  /// nil for a collection that is not captured.
  func shape(database: String, collection: String) -> CollectionShape? {
    let name = "\(database).\(collection)"
    if let known = shapes[name] { return known }
    let shape =
      settings.filter.captures(database: database, collection: collection)
      ? CollectionShape(
        database: database, name: collection, naming: settings.naming, schemaNames: settings.schemaNames, source: source,
        fields: settings.fields.rules(for: name))
      : nil
    shapes[name] = shape
    return shape
  }
}
