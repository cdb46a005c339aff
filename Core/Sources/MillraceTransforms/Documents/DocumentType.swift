internal import MillraceCore

/// What a value of a document becomes: a schema, and where its members go.
final class DocumentType: Sendable {
  enum Kind: Sendable {
    case text, double, bytes, int32, int64, boolean, time, regex
    /// The members by their names as JSON writes them, each with the place of its field.
    case structure([Member])
    case array(DocumentType)
    /// An array whose items are fields: `_0`, `_1` and so on.
    case numbered([DocumentType])
  }

  struct Member: Sendable {
    let name: [UInt8]
    /// nil: it has no field.
    let field: Int?
    let type: DocumentType
  }

  let kind: Kind
  let schema: Schema

  init(_ kind: Kind, _ schema: Schema) {
    self.kind = kind
    self.schema = schema
  }

  /// Those of scalars, shared by all.
  static let text = DocumentType(.text, .optionalString), double = DocumentType(.double, .optionalFloat64)
  static let bytes = DocumentType(.bytes, .optionalBytes), int32 = DocumentType(.int32, .optionalInt32)
  static let int64 = DocumentType(.int64, .optionalInt64), boolean = DocumentType(.boolean, .optionalBoolean)
  static let time = DocumentType(.time, Schema(.int64, optional: true, name: "org.apache.kafka.connect.data.Timestamp", version: 1))
  static let regex = DocumentType(
    .regex,
    Schema(
      .structure([.init("regex", .optionalString), .init("options", .optionalString)]), optional: true, name: "io.debezium.mongodb.regex"))
  /// An empty array tells nothing of its items.
  static let emptyArray = DocumentType(.array(.text), Schema(.array(.optionalString), optional: true))

  /// The type of a scalar; nil for the rest.
  static func scalar(_ kind: DocumentNode.Kind) -> DocumentType? {
    switch kind {
    case .null, .text: .text
    case .double: .double
    case .bytes: .bytes
    case .int32: .int32
    case .int64: .int64
    case .boolean: .boolean
    case .time: .time
    case .regex: .regex
    case .document, .array, .undefined, .unsupported: nil
    }
  }
}

/// What the settings of the transform mean for types.
struct DocumentForm: Sendable {
  enum ArrayEncoding: String, CaseIterable, Sendable { case array, document }

  var arrays = ArrayEncoding.array
  var names = NameAdjustment(.none, of: .field)
  /// The name of a document's schema, whose parts are adjusted one by one.
  var schemaNames = NameAdjustment(.none, of: .schema)

  /// Without adjustment an empty array is one; with it, it is null.
  var keepsEmptyArrays: Bool { names.mode == .none }
}
