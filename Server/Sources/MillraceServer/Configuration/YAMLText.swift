internal import MillraceCore
internal import Yams

/// Reads YAML: dotted keys, nested keys, or both. A list is one text with commas; `~` as a key stands for its parent, as in Quarkus.
enum YAMLText {
  static func parse(_ text: String, name: String) -> WrittenSettings {
    var result = WrittenSettings()
    do {
      guard let root = try Yams.compose(yaml: text) else { return result }
      guard root.mapping != nil else {
        result.findings.append(Finding(key: name, problem: "holds no YAML mapping", advice: "write lines such as topic.prefix: shop"))
        return result
      }
      flatten(root, key: "", into: &result)
    } catch let error as YamlError {
      result.findings.append(Finding(key: name, problem: "is not valid YAML\(place(of: error))", advice: "correct it there"))
    } catch {
      result.findings.append(Finding(key: name, problem: "is not valid YAML", advice: "correct it"))
    }
    return result
  }

  /// Where the mistake is, without the piece of text that the parser would show: it may hold a secret.
  private static func place(of error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      ": \(problem) at line \(mark.line), column \(mark.column)"
    case .duplicatedKeysInMapping(let keys, let context): ": \(keys.map { "\($0)" }.joined(separator: ", ")) twice in \(context.mark)"
    default: ""
    }
  }

  private static func flatten(_ node: Node, key: String, into result: inout WrittenSettings) {
    switch node {
    case .mapping(let mapping):
      for (name, value) in mapping {
        guard let part = name.scalar?.string else {
          result.findings.append(Finding(key: key, problem: "has a key that is no text", advice: "write a name"))
          continue
        }
        let isParent = isNull(name) && !key.isEmpty
        flatten(value, key: key.isEmpty ? part : isParent ? key : "\(key).\(part)", into: &result)
      }
    case .sequence(let sequence):
      let items = sequence.compactMap(\.scalar?.string)
      if items.count == sequence.count {
        result.add(key, items.joined(separator: ","))
      } else {
        result.findings.append(Finding(key: key, problem: "is a list of more than texts", advice: "write one text with commas"))
      }
    case .scalar(let scalar):
      if !isNull(node) { result.add(key, scalar.string) }
    case .alias:
      result.findings.append(Finding(key: key, problem: "is an alias of nothing", advice: "write its value"))
    }
  }

  private static func isNull(_ node: Node) -> Bool {
    guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
