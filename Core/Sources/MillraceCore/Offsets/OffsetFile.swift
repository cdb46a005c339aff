/// The content of an offset file: JSON that people can read and, while nothing runs, mend.
///
/// ```json
/// {
///   "format": "millrace-offsets",
///   "version": 1,
///   "checkpoints": [
///     {"partition": {"server": "flink"}, "offset": {"lsn": 24023128, "txId": 555}, "state": "…"}
///   ]
/// }
/// ```
/// Numbers, texts and booleans stand as such; what JSON has no word for is an object with one member (`{"bytes": [1, 255]}`, `{"float": "inf"}`).
enum OffsetFile {
  static let format = "millrace-offsets"
  static let version: Int64 = 1

  typealias Damage = OffsetDamage

  /// - Parameter file: the name of the file that an attachment is kept in; nil: it stands in the text.
  static func text(_ checkpoints: [Checkpoint], file: (CheckpointAttachment) -> String? = { _ in nil }) throws(Damage) -> String {
    var entries: [JSONValue] = []
    for checkpoint in checkpoints {
      var members = [
        JSONValue.Member("partition", try object(checkpoint.partition)), JSONValue.Member("offset", try object(checkpoint.offset)),
      ]
      if let state = checkpoint.state { members.append(JSONValue.Member("state", .string(state))) }
      if let attachment = checkpoint.attachment {
        members.append(
          file(attachment).map { JSONValue.Member("attachmentFile", .string($0)) } ?? JSONValue.Member("attachment", .string(attachment.text)))
      }
      entries.append(.object(members))
    }
    let root = JSONValue.object([
      JSONValue.Member("format", .string(format)), JSONValue.Member("version", .integer(version)),
      JSONValue.Member("checkpoints", .array(entries)),
    ])
    return root.text(indented: true) + "\n"
  }

  /// - Parameter attachment: reads the attachment that is kept in a file of that name.
  static func checkpoints(
    _ bytes: [UInt8], attachment: (String) throws(Damage) -> CheckpointAttachment = { name throws(Damage) in throw Damage(problem: "needs the file \(name)") }
  ) throws(Damage) -> [Checkpoint] {
    let root: JSONValue
    do throws(JSONError) { root = try JSONValue(parsing: bytes) } catch { throw Damage(problem: "is not complete JSON: \(error)") }
    guard root["format"]?.string == format else { throw Damage(problem: "is JSON, but not an offset file of Millrace") }
    guard let found = root["version"]?.integer else { throw Damage(problem: "names no version") }
    guard found == version else { throw Damage(problem: "has version \(found), and this build knows version \(version) only") }
    guard let entries = root["checkpoints"]?.elements else { throw Damage(problem: "holds no list \"checkpoints\"") }
    var result: [Checkpoint] = []
    for entry in entries {
      guard let partition = entry["partition"]?.members, let offset = entry["offset"]?.members else {
        throw Damage(problem: "holds a checkpoint without \"partition\" or \"offset\"")
      }
      let state = entry["state"]
      if let state, state.string == nil, !state.isNull { throw Damage(problem: "holds a \"state\" that is not a text") }
      var checkpoint = Checkpoint(partition: try list(partition), offset: try list(offset), state: state?.string)
      switch entry["attachment"] {
      case nil, .null?: break
      case .string(let text)?: checkpoint.attachment = CheckpointAttachment { text }
      default: throw Damage(problem: "holds an \"attachment\" that is not a text")
      }
      if let name = entry["attachmentFile"] {
        guard let name = name.string else { throw Damage(problem: "holds an \"attachmentFile\" that is not a text") }
        checkpoint.attachment = try attachment(name)
      }
      if result.contains(where: { $0.isOf(checkpoint.partition) }) { throw Damage(problem: "holds two checkpoints of one partition") }
      result.append(checkpoint)
    }
    return result
  }

  static func object(_ entries: [Checkpoint.Entry]) throws(Damage) -> JSONValue {
    var members: [JSONValue.Member] = []
    for entry in entries { members.append(JSONValue.Member(entry.key, try json(entry.value))) }
    return .object(members)
  }

  static func list(_ members: [JSONValue.Member]) throws(Damage) -> [Checkpoint.Entry] {
    var entries: [Checkpoint.Entry] = []
    for member in members { entries.append(Checkpoint.Entry(member.key, try value(member.value))) }
    return entries
  }

  private static func json(_ value: Value) throws(Damage) -> JSONValue {
    switch value {
    case .null: return .null
    case .boolean(let value): return .boolean(value)
    case .integer(let value): return .integer(value)
    case .text(let value): return .string(value)
    case .float(let value):
      // Swift's shortest form is read back equal; JSON has no infinities.
      let text = String(value)
      return value.isFinite && text.contains(where: { ".e".contains($0) })
        ? .number(text) : .object([JSONValue.Member("float", .string(text))])
    case .bytes(let bytes):
      return .object([JSONValue.Member("bytes", .array(bytes.map { .integer(Int64($0)) }))])
    case .array(let values):
      var elements: [JSONValue] = []
      for value in values { elements.append(try json(value)) }
      return .array(elements)
    case .unavailable, .structure, .map:
      throw Damage(problem: "cannot hold a value of this kind")
    }
  }

  private static func value(_ json: JSONValue) throws(Damage) -> Value {
    switch json {
    case .null: return .null
    case .boolean(let value): return .boolean(value)
    case .integer(let value): return .integer(value)
    case .string(let value): return .text(value)
    case .number(let text):
      guard text.contains(where: { ".eE".contains($0) }), let value = Double(text), value.isFinite else {
        throw Damage(problem: "holds a number out of range")
      }
      return .float(value)
    case .array(let elements):
      var values: [Value] = []
      for element in elements { values.append(try value(element)) }
      return .array(values)
    case .object(let members):
      guard members.count == 1, let member = members.first else { throw Damage(problem: "holds a value of unknown kind") }
      if member.key == "float", let text = member.value.string, let value = Double(text) { return .float(value) }
      if member.key == "bytes", let elements = member.value.elements {
        var bytes: [UInt8] = []
        for element in elements {
          guard let number = element.integer, let byte = UInt8(exactly: number) else { throw Damage(problem: "holds bytes that are none") }
          bytes.append(byte)
        }
        return .bytes(bytes)
      }
      throw Damage(problem: "holds a value of unknown kind")
    }
  }
}
