internal import MillraceCore

/// The changes of a JSON value that the log carries in place of the whole (`binlog_row_value_options=PARTIAL_JSON`), applied to the value
/// of the before image (MySQL source, "sql-common/json_diff.cc"). What comes out is the text of the whole new value, as if the log had
/// carried it.
struct JSONDiff {
  /// A value taken apart as far as changes go into it; the rest stays text.
  private indirect enum Node {
    case text([UInt8])
    case object([(name: [UInt8], value: Node)])
    case array([Node])
  }

  private enum Step {
    case member([UInt8])
    case element(Int)
  }

  private enum Operation: UInt8 { case replace, insert, remove }

  /// Appends the text of `before` with the changes applied; false if either is damaged, or a change does not fit.
  static func apply(_ changes: UnsafeRawBufferPointer, to before: UnsafeRawBufferPointer, into arena: inout ByteArena) -> Bool {
    guard var node = node(before) else { return false }
    var cursor = RowCursor(changes)
    while cursor.left > 0 {
      guard let code = cursor.little(1), let operation = Operation(rawValue: UInt8(code)), let path = packed(&cursor), let steps = steps(path)
      else { return false }
      var value: Node?
      if operation != .remove {
        guard let bytes = packed(&cursor), let parsed = JSONDiff.node(bytes) else { return false }
        value = parsed
      }
      guard let changed = change(node, steps[...], operation, value) else { return false }
      node = changed
    }
    write(node, &arena)
    return true
  }

  private static func packed(_ cursor: inout RowCursor) -> UnsafeRawBufferPointer? {
    guard let first = cursor.little(1) else { return nil }
    let length: UInt64? =
      switch first {
      case 0..<251: first
      case 252: cursor.little(2)
      case 253: cursor.little(3)
      case 254: cursor.little(8)
      default: nil
      }
    guard let length, length <= UInt64(cursor.left) else { return nil }
    return cursor.take(Int(length))
  }

  // MARK: paths

  /// `$.a."b c"[3]`.
  private static func steps(_ path: UnsafeRawBufferPointer) -> [Step]? {
    let text = Array(path)
    guard text.first == UInt8(ascii: "$") else { return nil }
    var steps: [Step] = [], at = 1
    while at < text.count {
      if text[at] == UInt8(ascii: "[") {
        guard let end = text[at...].firstIndex(of: UInt8(ascii: "]")), let index = Int(String(decoding: text[(at + 1)..<end], as: UTF8.self))
        else { return nil }
        steps.append(.element(index))
        at = end + 1
      } else if text[at] == UInt8(ascii: ".") {
        at += 1
        let start = at
        if at < text.count, text[at] == UInt8(ascii: "\"") {
          at += 1
          while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
          guard at < text.count, let name = unquoted(text[start...at]) else { return nil }
          at += 1
          steps.append(.member(name))
        } else {
          while at < text.count, text[at] != UInt8(ascii: "."), text[at] != UInt8(ascii: "[") { at += 1 }
          guard at > start else { return nil }
          steps.append(.member(Array(text[start..<at])))
        }
      } else {
        return nil
      }
    }
    return steps
  }

  private static func unquoted(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard let value = try? JSONValue(parsing: "[" + String(decoding: text, as: UTF8.self) + "]"), case .array(let items) = value,
      let name = items.first?.string
    else { return nil }
    return Array(name.utf8)
  }

  // MARK: changes

  private static func change(_ node: Node, _ steps: ArraySlice<Step>, _ operation: Operation, _ value: Node?) -> Node? {
    guard let step = steps.first else { return operation == .replace ? value : nil }
    let rest = steps.dropFirst()
    switch (step, node) {
    case (.member(let name), .object(var members)):
      if let index = members.firstIndex(where: { $0.name == name }) {
        if rest.isEmpty, operation == .remove {
          members.remove(at: index)
          return .object(members)
        }
        guard !rest.isEmpty || operation == .replace, let changed = change(members[index].value, rest, operation, value) else { return nil }
        members[index].value = changed
        return .object(members)
      }
      guard rest.isEmpty, operation == .insert, let value else { return nil }
      // The server orders members by the length of their names, then by bytes.
      let place = members.firstIndex { $0.name.count > name.count || $0.name.count == name.count && name.lexicographicallyPrecedes($0.name) }
      members.insert((name, value), at: place ?? members.count)
      return .object(members)
    case (.element(let index), .array(var elements)):
      if rest.isEmpty, operation == .insert, let value, index >= 0, index <= elements.count {
        elements.insert(value, at: index)
        return .array(elements)
      }
      guard elements.indices.contains(index) else { return nil }
      if rest.isEmpty, operation == .remove {
        elements.remove(at: index)
        return .array(elements)
      }
      guard let changed = change(elements[index], rest, operation, value) else { return nil }
      elements[index] = changed
      return .array(elements)
    // A value that is no array is one of a single element.
    case (.element(0), _): return change(node, rest, operation, value)
    default: return nil
    }
  }

  // MARK: values

  private static func node(_ bytes: UnsafeRawBufferPointer) -> Node? { node(BinaryJSON(bytes)) }

  private static func node(_ json: BinaryJSON) -> Node? {
    if let members = json.members {
      var taken: [(name: [UInt8], value: Node)] = []
      for member in members {
        guard let value = node(member.value) else { return nil }
        taken.append((Array(member.name), value))
      }
      return .object(taken)
    }
    if let elements = json.elements {
      var taken: [Node] = []
      for element in elements {
        guard let value = node(element) else { return nil }
        taken.append(value)
      }
      return .array(taken)
    }
    var arena = ByteArena()
    guard json.write(to: &arena) else { return nil }
    return .text(arena.withBytes { Array($0) })
  }

  private static func write(_ node: Node, _ arena: inout ByteArena) {
    switch node {
    case .text(let bytes): arena.append(bytes)
    case .object(let members):
      arena.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { arena.append(UInt8(ascii: ",")) }
        member.name.withUnsafeBytes { BinaryJSON.append(string: $0, to: &arena) }
        arena.append(UInt8(ascii: ":"))
        write(member.value, &arena)
      }
      arena.append(UInt8(ascii: "}"))
    case .array(let elements):
      arena.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { arena.append(UInt8(ascii: ",")) }
        write(element, &arena)
      }
      arena.append(UInt8(ascii: "]"))
    }
  }
}
