extension JSONValue {
  /// The document as text: in one line without blanks, or indented by two blanks for people.
  public func text(indented: Bool = false) -> String {
    var output = ByteArena(capacity: 1024)
    write(to: &output, indented: indented)
    return output.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// Appends the document as UTF-8.
  public func write(to output: inout ByteArena, indented: Bool = false) {
    write(to: &output, level: indented ? 0 : nil)
  }

  private func write(to output: inout ByteArena, level: Int?) {
    switch self {
    case .null, .boolean, .integer, .number: output.append(scalarText)
    case .string(let text): output.append(jsonText: text)
    case .array(let elements):
      Self.write("[", "]", elements, to: &output, level: level) { element, output, level in
        element.write(to: &output, level: level)
      }
    case .object(let members):
      Self.write("{", "}", members, to: &output, level: level) { member, output, level in
        output.append(jsonText: member.key)
        output.append(level == nil ? ":" as StaticString : ": ")
        member.value.write(to: &output, level: level)
      }
    }
  }

  private static func write<Item>(
    _ open: StaticString, _ close: StaticString, _ items: [Item], to output: inout ByteArena, level: Int?,
    _ body: (Item, inout ByteArena, Int?) -> Void
  ) {
    output.append(open)
    for (index, item) in items.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      newLine(&output, level.map { $0 + 1 })
      body(item, &output, level.map { $0 + 1 })
    }
    if !items.isEmpty { newLine(&output, level) }
    output.append(close)
  }

  private static func newLine(_ output: inout ByteArena, _ level: Int?) {
    guard let level else { return }
    output.append(UInt8(ascii: "\n"))
    for _ in 0..<level { output.append("  " as StaticString) }
  }
}
