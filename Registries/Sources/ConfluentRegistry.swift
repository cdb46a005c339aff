public import MillraceCore
public import MillraceFormats
internal import Synchronization

/// Confluent's schema registry, as Confluent's converters use it (io.confluent.kafka.schemaregistry.client.rest, 7.0): a message begins
/// with a zero and the number of its schema in four bytes.
///
/// Requests wait on a thread of this object's own. What was answered is kept for the life of the object, so that a run that is begun
/// again does not ask again.
public final class ConfluentRegistry: SchemaRegistry {
  private struct Key: Hashable {
    let subject: String
    let text: String
  }

  private let settings: ConfluentSettings
  private let http: HTTPClient
  private let thread = WorkerThread()
  private let known = Mutex<[Key: RegisteredSchema]>([:])

  init(_ settings: ConfluentSettings) {
    self.settings = settings
    http = HTTPClient(settings.http)
  }

  public func register(_ schema: RegistrySchema) async throws(MillraceError) -> RegisteredSchema {
    let subject = try settings.subject(of: schema)
    let key = Key(subject: subject, text: schema.text)
    if let known = known.withLock({ $0[key] }) { return known }
    let number: Int64 = try await thread.run { [self] () throws(MillraceError) -> Int64 in try self.number(of: schema, subject) }
    let registered = RegisteredSchema(number: number, prefix: [0] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - $0 * 8)) })
    known.withLock { $0[key] = registered }
    return registered
  }

  // MARK: on the thread

  /// In the order in which Confluent's serializer looks at its settings.
  private func number(of schema: RegistrySchema, _ subject: String) throws(MillraceError) -> Int64 {
    let path = "/subjects/\(subject.encodedForURL)"
    let normalize = settings.normalizes ? "?normalize=true" : ""
    if settings.registers {
      let answer = try ask("POST", "\(path)/versions\(normalize)", Self.body(schema))
      guard answer.status == 200, let number = answer.json?["id"]?.integer else {
        throw refusal(answer, schema, subject, "register schemas")
      }
      return number
    }
    if let number = settings.schemaID {
      let answer = try ask("GET", "/schemas/ids/\(number)", nil)
      guard answer.status == 200, let text = answer.json?["schema"]?.string else { throw refusal(answer, schema, subject, "read schemas") }
      try hold(schema, against: text, subject, isStrict: settings.isStrictAboutID, "schema \(number)")
      return number
    }
    if settings.usesLatest {
      let answer = try ask("GET", "\(path)/versions/latest", nil)
      guard answer.status == 200, let text = answer.json?["schema"]?.string, let number = answer.json?["id"]?.integer else {
        throw refusal(answer, schema, subject, "read schemas")
      }
      try hold(schema, against: text, subject, isStrict: settings.isStrictAboutLatest, "the latest version")
      return number
    }
    let answer = try ask("POST", "\(path)\(normalize)", Self.body(schema))
    guard answer.status == 200, let number = answer.json?["id"]?.integer else { throw refusal(answer, schema, subject, "look up schemas") }
    return number
  }

  private func ask(_ method: String, _ path: String, _ body: String?) throws(MillraceError) -> HTTPClient.Answer {
    let type = "application/vnd.schemaregistry.v1+json"
    return try http.request(
      method, path, headers: ["Accept: \(type), application/json"] + (body == nil ? [] : ["Content-Type: \(type)"]), body: body)
  }

  private static func body(_ schema: RegistrySchema) -> String {
    var members: [JSONValue.Member] = [.init("schema", .string(schema.text))]
    if schema.language != .avro { members.append(.init("schemaType", .string(schema.language.rawValue))) }
    return JSONValue.object(members).text()
  }

  private func refusal(_ answer: HTTPClient.Answer, _ schema: RegistrySchema, _ subject: String, _ what: String) -> MillraceError {
    var text = answer.json?["message"]?.string
    // Older registries say that there is a difference, and only where they are asked which one it is.
    if answer.status == 409, text?.contains("{") != true,
      let verdict = try? ask("POST", "/compatibility/subjects/\(subject.encodedForURL)/versions/latest?verbose=true", Self.body(schema)).json,
      let messages = verdict["messages"]?.elements
    {
      text = ([text ?? ""] + messages.compactMap(\.string)).joined(separator: "; ")
    }
    return RegistryFailure.refused(answer.status, subject, number: answer.json?["error_code"]?.integer, text: text, asked: what)
  }

  /// Whether bytes that are written by our schema can be read by the other. Names, types and their order must be the same; if not strict,
  /// names may differ.
  private func hold(
    _ schema: RegistrySchema, against text: String, _ subject: String, isStrict: Bool, _ what: String
  ) throws(MillraceError) {
    guard let difference = SchemaDifference.between(schema, text, isStrict: isStrict) else { return }
    throw MillraceError(
      code: "registry.different", component: "registry", retry: .record,
      message: "the records do not have the form of \(what): \(difference)",
      advice: "write auto.register.schemas=true, or register the schema that the table has", subject: subject)
  }
}
