public import MillraceCore

/// Confluent's ProtobufConverter (7.0), byte for byte: what the registry says, the place of the message in its file, the message.
///
/// A value of kind `unavailable` is written as the placeholder in the form that its schema allows (see `UnavailableValue`), as null
/// where there is no such form.
public final class ProtobufConverter: PreparingConverter {
  /// The settings below `key.converter.` and the like that are not the registry's.
  public static let options: [ConfigurationOption] = [
    ConfigurationOption("optional.for.nullables", .boolean, default: "false", "Whether fields that may be null are marked optional: a zero differs from null."),
    ConfigurationOption("wrapper.for.nullables", .boolean, default: "false", "Whether plain values that may be null lie in messages of their own (google.protobuf.*Value)."),
    ConfigurationOption("scrub.invalid.names", .boolean, default: "false", "Whether characters that Protobuf does not allow in names are replaced."),
    ConfigurationOption(
      "schemas.cache.config", .integer(0...Int.max), default: "10000", "How many schemas are kept compiled (Confluent: 1000); more only cost time."),
    ConfigurationOption("enhanced.protobuf.schema.support", .boolean, default: "false", support: .notYet, "Enums for schemas that say so, which no connector makes."),
    ConfigurationOption("optional.for.proto2", .boolean, default: "true", support: .ignored(reason: "it is about reading"), ""),
    ConfigurationOption("wrapper.for.raw.primitives", .boolean, default: "true", support: .ignored(reason: "it is about reading"), ""),
    ConfigurationOption("reference.lookup.only", .boolean, default: "false", support: .ignored(reason: "the schemas have no references"), ""),
    ConfigurationOption("skip.known.types", .boolean, default: "false", support: .ignored(reason: "the schemas have no references"), ""),
    ConfigurationOption(
      "reference.subject.name.strategy", default: "io.confluent.kafka.serializers.subject.DefaultReferenceSubjectNameStrategy",
      support: .ignored(reason: "the schemas have no references"), ""),
  ]

  private let plans: RegisteredPlans<ProtobufPlan>

  init(_ settings: ProtobufSettings, cacheSize: Int = 10_000, registry: any SchemaRegistry) {
    plans = RegisteredPlans(limit: cacheSize, registry: registry) { schema, topic, part throws(MillraceError) in
      guard let schema else { throw .mismatch("a value without a schema", in: "protobuf") }
      let (text, name) = try ProtobufSchemaText.schema(of: schema, settings)
      // The path to the message in its file: the first one is a zero alone.
      let place = ProtobufLogical(schema) == nil ? ProtobufWrapper(schema)?.rawValue ?? 0 : 0
      return .init(
        plan: try ProtobufPlan(schema, settings), schema: .init(.protobuf, text, name: name, topic: topic, part: part),
        prefix: place == 0 ? [0] : [2, UInt8(place * 2)])
    }
  }

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public convenience init(
    _ configuration: inout Configuration, placeholder: [UInt8] = UnavailableValue.defaultPlaceholder, registry: any SchemaRegistry
  ) {
    let settings = ProtobufSettings(
      marksOptional: configuration.boolean("optional.for.nullables", default: false),
      wrapsNullables: configuration.boolean("wrapper.for.nullables", default: false),
      scrubsNames: configuration.boolean("scrub.invalid.names", default: false), placeholder: placeholder)
    self.init(settings, cacheSize: configuration.integer("schemas.cache.config", default: 10_000), registry: registry)
  }

  public var form: ConvertedForm { .binary }

  public func prepare(_ box: BatchBox, _ part: RecordPart) async throws(MillraceError) { try await plans.prepare(box, part) }

  public func convert(
    _ slot: Slot, schema: UInt32, topic: UInt32, of batch: borrowing RecordBatch, into output: inout ByteArena
  ) throws(MillraceError) -> Bool {
    if slot.isNull { return false }
    let registered = try plans.plan(schema, topic, of: batch)
    let before = output.count
    let (prefix, view) = registered._withUnsafeGuaranteedRef { ($0.prefix, $0.plan.view) }
    var cursor = output.cursor(reserving: 64)
    prefix.write(&cursor)
    output.finish(cursor)
    do throws(ProtobufWriter.Mismatch) {
      let writer = ProtobufWriter(nodes: view.nodes, bytes: view.bytes, contents: batch.contents)
      try writer.field(slot, by: view.nodes + view.root, &output)
    } catch {
      output.truncate(to: before)
      throw registered._withUnsafeGuaranteedRef { plan in
        let names = plan.plan.compiled.names
        return .mismatch(names.indices.contains(error.node) ? names[error.node] : "value", in: "protobuf")
      }
    }
    return true
  }
}
