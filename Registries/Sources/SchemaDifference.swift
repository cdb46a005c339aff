internal import MillraceCore
internal import MillraceFormats

/// What keeps messages of one schema from being read by another that they are said to have.
enum SchemaDifference {
  /// In words; nil where there is none. Documentation, defaults and properties make none.
  static func between(_ schema: RegistrySchema, _ text: String, isStrict: Bool) -> String? {
    if schema.text == text { return nil }
    guard schema.language == .avro else { return "its text is another" }
    guard let ours = try? JSONValue(parsing: schema.text), let theirs = try? JSONValue(parsing: text) else { return "it cannot be read" }
    return difference(Shape(ours, in: ""), Shape(theirs, in: ""), at: "", isStrict)
  }

  /// An Avro schema without what has no influence on the bytes.
  private indirect enum Shape {
    case plain(String)
    case named(String)
    case array(Shape)
    case map(Shape)
    case union([Shape])
    case enumeration(String, [String])
    case record(String, [(name: String, shape: Shape)])

    init(_ json: JSONValue, in space: String) {
      switch json {
      case .string(let name):
        self = Self.plainNames.contains(name) ? .plain(name) : .named(Self.full(name, in: space))
      case .array(let branches): self = .union(branches.map { Shape($0, in: space) })
      default:
        let type = json["type"] ?? .null
        let full = Self.full(json["name"]?.string ?? "", in: json["namespace"]?.string ?? space)
        let own = full.split(separator: ".").dropLast().joined(separator: ".")
        switch type.string {
        case "record":
          self = .record(full, (json["fields"]?.elements ?? []).map { ($0["name"]?.string ?? "", Shape($0["type"] ?? .null, in: own)) })
        case "enum": self = .enumeration(full, (json["symbols"]?.elements ?? []).compactMap(\.string))
        case "fixed": self = .plain("fixed \(json["size"]?.integer ?? 0)")
        case "array": self = .array(Shape(json["items"] ?? .null, in: space))
        case "map": self = .map(Shape(json["values"] ?? .null, in: space))
        default: self = Shape(type, in: space)
        }
      }
    }

    private static let plainNames: Set<String> = ["null", "boolean", "int", "long", "float", "double", "string", "bytes"]

    private static func full(_ name: String, in space: String) -> String {
      name.contains(".") || space.isEmpty ? name : "\(space).\(name)"
    }

    var text: String {
      switch self {
      case .plain(let name), .named(let name): name
      case .array(let items): "array of \(items.text)"
      case .map(let values): "map of \(values.text)"
      case .union(let branches): branches.map(\.text).joined(separator: " or ")
      case .enumeration(let name, _): "enum \(name)"
      case .record(let name, _): "record \(name)"
      }
    }
  }

  private static func difference(_ ours: Shape, _ theirs: Shape, at path: String, _ isStrict: Bool) -> String? {
    let place = path.isEmpty ? "the whole" : path
    switch (ours, theirs) {
    case (.plain(let a), .plain(let b)) where a == b: return nil
    case (.named(let a), .named(let b)) where a == b || !isStrict: return nil
    case (.array(let a), .array(let b)), (.map(let a), .map(let b)): return difference(a, b, at: path + "[]", isStrict)
    case (.union(let a), .union(let b)) where a.count == b.count:
      for (a, b) in zip(a, b) { if let found = difference(a, b, at: path, isStrict) { return found } }
      return nil
    case (.enumeration(let a, let symbols), .enumeration(let b, let others)) where a == b || !isStrict:
      return symbols == others ? nil : "\(place) has the symbols \(symbols.joined(separator: ", ")), there \(others.joined(separator: ", "))"
    case (.record(let a, let fields), .record(let b, let others)) where a == b || !isStrict:
      let front = path.isEmpty ? "" : path + "."
      for (index, field) in fields.enumerated() {
        guard index < others.count else { return "\(front)\(field.name) is not there" }
        if field.name != others[index].name, isStrict { return "\(front)\(field.name) stands where \(front)\(others[index].name) stands there" }
        if let found = difference(field.shape, others[index].shape, at: front + field.name, isStrict) { return found }
      }
      return others.count > fields.count ? "\(front)\(others[fields.count].name) is there only" : nil
    default: return "\(place) is \(ours.text), there \(theirs.text)"
    }
  }
}
