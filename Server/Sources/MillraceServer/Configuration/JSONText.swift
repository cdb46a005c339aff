internal import MillraceCore

/// Reads Kafka Connect's JSON: `{"name": …, "config": {…}}`, or the settings alone. Numbers and booleans are taken as text.
enum JSONText {
  static func parse(_ bytes: [UInt8], name: String) -> WrittenSettings {
    var result = WrittenSettings()
    let document: JSONValue
    do {
      document = try JSONValue(parsing: bytes)
    } catch {
      result.findings.append(Finding(key: name, problem: "is not valid JSON: \(error)", advice: "correct it there"))
      return result
    }
    guard let members = document.members else {
      result.findings.append(
        Finding(key: name, problem: "holds no JSON object", advice: "write {\"name\": …, \"config\": {…}}, or the settings in an object"))
      return result
    }
    guard let config = document["config"], let settings = config.members else {
      flatten(members, into: &result)
      return result
    }
    flatten(settings, into: &result)
    for member in members where member.key != "config" {
      switch member.key {
      case "name":
        let inner = config["name"]?.string
        if let inner, inner != member.value.scalarText {
          result.findings.append(
            Finding(key: "name", problem: "differs inside and outside of \"config\"", advice: "write one of the two"))
        } else if inner == nil {
          result.add("name", member.value.scalarText)
        }
      case "tasks", "type", "initial_state": break  // what Kafka Connect's REST interface answers and takes beside them
      default:
        result.findings.append(
          Finding(key: member.key, problem: "stands beside \"config\" and is not read there", advice: "move it into \"config\""))
      }
    }
    return result
  }

  private static func flatten(_ members: [JSONValue.Member], into result: inout WrittenSettings) {
    for member in members {
      if member.value.members != nil || member.value.elements != nil {
        result.findings.append(
          Finding(
            key: member.key, problem: "is \(member.value.members != nil ? "an object" : "an array")",
            advice: "write text; a list is one text with commas"))
      } else if !member.value.isNull {
        result.add(member.key, member.value.scalarText)
      }
    }
  }
}
