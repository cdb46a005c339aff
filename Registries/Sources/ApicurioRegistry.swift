public import MillraceCore
public import MillraceFormats
internal import Synchronization

/// Apicurio's registry by its own interface, version 2 or 3, as its converters use it
/// (io.apicurio.registry.resolver.DefaultSchemaResolver): a message begins with a zero and the number of its schema in eight or four
/// bytes, or has the number in a header.
///
/// Requests wait on a thread of this object's own; what was answered is kept for the life of the object.
public final class ApicurioRegistry: SchemaRegistry {
  private struct Key: Hashable {
    let artifact: String
    let text: String
    /// Its name is in the header's.
    let part: RecordPart
  }

  private let settings: ApicurioSettings
  private let http: HTTPClient
  private let thread = WorkerThread()
  private let known = Mutex<[Key: RegisteredSchema]>([:])

  init(_ settings: ApicurioSettings) {
    self.settings = settings
    http = HTTPClient(settings.http)
  }

  public func register(_ schema: RegistrySchema) async throws(MillraceError) -> RegisteredSchema {
    let artifact = settings.artifact(of: schema)
    let key = Key(artifact: artifact, text: schema.text, part: schema.part)
    if let known = known.withLock({ $0[key] }) { return known }
    let number: Int64 = try await thread.run { [self] () throws(MillraceError) -> Int64 in try self.number(of: schema, artifact) }
    let registered = try registered(number, schema, artifact)
    known.withLock { $0[key] = registered }
    return registered
  }

  /// What messages of the schema carry: its number before the value, or in a header (io.apicurio.registry.serde.kafka.headers.DefaultHeadersHandler).
  private func registered(_ number: Int64, _ schema: RegistrySchema, _ artifact: String) throws(MillraceError) -> RegisteredSchema {
    func bytes(_ width: Int) -> [UInt8] { (0..<width).map { UInt8(truncatingIfNeeded: number >> Int64((width - 1 - $0) * 8)) } }
    // Kafka Connect's own schemas are named in the value (ExtJsonConverter), whatever is said of headers.
    if settings.usesHeaders, schema.language == .avro {
      let part = schema.part.rawValue
      return RegisteredSchema(
        number: number, prefix: [],
        headers: [
          (settings.headerNames[schema.part] ?? "apicurio.\(part).\(settings.numberName)", bytes(8)),
          ("apicurio.\(part).encoding", Array("BINARY".utf8)),
        ])
    }
    let width = settings.numberWidth
    guard width == 8 || number <= Int64(UInt32.max) else {
      throw MillraceError(
        code: "registry.number", component: "registry", retry: .record, message: "the number of the schema does not fit into four bytes",
        advice: "write apicurio.registry.as-confluent=false, or apicurio.registry.use-id=contentId", subject: artifact)
    }
    return RegisteredSchema(number: number, prefix: [0] + bytes(width))
  }

  // MARK: on the thread

  private func number(of schema: RegistrySchema, _ artifact: String) throws(MillraceError) -> Int64 {
    let group = "/groups/\(settings.group.encodedForURL)/artifacts", place = "\(group)/\(artifact.encodedForURL)"
    if settings.registers {
      return try settings.version == 2 ? registerInVersion2(schema, artifact, group) : registerInVersion3(schema, artifact, group)
    }
    if settings.findsLatest || settings.artifactVersion != nil {
      let version = settings.artifactVersion
      let text: HTTPClient.Answer
      let meta: String
      if settings.version == 2 {
        let path = version.map { "\(place)/versions/\($0.encodedForURL)" } ?? place
        text = try http.request("GET", path)
        meta = "\(path)/meta"
      } else {
        let path = "\(place)/versions/\(version?.encodedForURL ?? "branch=latest")"
        text = try http.request("GET", "\(path)/content")
        meta = path
      }
      guard text.status == 200 else { throw refusal(text, artifact, "read schemas") }
      if let difference = SchemaDifference.between(schema, String(decoding: text.body, as: UTF8.self), isStrict: true) {
        throw MillraceError(
          code: "registry.different", component: "registry", retry: .record,
          message: "the records do not have the form of \(version.map { "version \($0)" } ?? "the latest version"): \(difference)",
          advice: "write apicurio.registry.auto-register=true, or register the schema that the table has", subject: artifact)
      }
      return try number(in: http.request("GET", meta), artifact)
    }
    if settings.version == 2 {
      return try number(in: http.request("POST", "\(place)/meta?canonical=true", headers: ["Content-Type: application/json"], body: schema.text), artifact)
    }
    let path = "/search/versions?canonical=true&groupId=\(settings.group.encodedForURL)&artifactId=\(artifact.encodedForURL)&artifactType=\(schema.language.rawValue)"
    let answer = try http.request("POST", path, headers: ["Content-Type: application/json"], body: schema.text)
    guard answer.status == 200 else { throw refusal(answer, artifact, "look up schemas") }
    guard let found = answer.json?["versions"]?.elements?.first, let number = found[settings.numberName]?.integer else {
      throw RegistryFailure.refused(404, artifact, number: nil, text: nil, asked: "look up schemas")
    }
    return number
  }

  private func registerInVersion2(_ schema: RegistrySchema, _ artifact: String, _ group: String) throws(MillraceError) -> Int64 {
    let headers = [
      "Content-Type: application/json", "X-Registry-ArtifactId: \(artifact)", "X-Registry-ArtifactType: \(schema.language.rawValue)",
    ]
    return try number(in: http.request("POST", "\(group)?ifExists=\(settings.ifExists)", headers: headers, body: schema.text), artifact)
  }

  private func registerInVersion3(_ schema: RegistrySchema, _ artifact: String, _ group: String) throws(MillraceError) -> Int64 {
    let content: [JSONValue.Member] = [.init("content", .string(schema.text)), .init("contentType", .string("application/json"))]
    let body: [JSONValue.Member] = [
      .init("artifactId", .string(artifact)), .init("artifactType", .string(schema.language.rawValue)),
      .init("firstVersion", .object([.init("content", .object(content))])),
    ]
    // Version 3 names what version 2 called RETURN_OR_UPDATE after what it looks for.
    let ifExists = settings.ifExists == "RETURN_OR_UPDATE" || settings.ifExists == "UPDATE" ? "FIND_OR_CREATE_VERSION" : settings.ifExists
    let answer = try http.request(
      "POST", "\(group)?ifExists=\(ifExists)", headers: ["Content-Type: application/json"], body: JSONValue.object(body).text())
    guard answer.status == 200, let number = answer.json?["version"]?[settings.numberName]?.integer else {
      throw refusal(answer, artifact, "register schemas")
    }
    return number
  }

  private func number(in answer: HTTPClient.Answer, _ artifact: String) throws(MillraceError) -> Int64 {
    guard answer.status == 200, let number = answer.json?[settings.numberName]?.integer else { throw refusal(answer, artifact, "register or read schemas") }
    return number
  }

  private func refusal(_ answer: HTTPClient.Answer, _ artifact: String, _ what: String) -> MillraceError {
    let json = answer.json
    let causes = (json?["causes"]?.elements ?? []).compactMap { $0["description"]?.string }
    let text = ([json?["message"]?.string ?? json?["title"]?.string, json?["detail"]?.string] + causes).compactMap(\.self).joined(separator: "; ")
    return RegistryFailure.refused(answer.status, artifact, number: json?["error_code"]?.integer, text: text.isEmpty ? nil : text, asked: what)
  }
}
