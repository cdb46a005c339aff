/// The form in which Kafka Connect keeps an offset, in its topic as in its file: the key `["connector",{partition}]`, the value
/// `{offset}`, both JSON without schema. What is Millrace's own (`Checkpoint.state`) has no place in it and travels beside it.
package struct ConnectOffset: Sendable, Equatable {
  /// The connector's name: what Debezium's engine and Kafka Connect call `name`.
  package let name: String
  package let partition: [Checkpoint.Entry]

  package init(name: String, partition: [Checkpoint.Entry]) {
    self.name = name
    self.partition = partition
  }

  /// - Throws: what is wrong with a key; damage is never taken for somebody else's key (Invariant 10).
  package init(key: [UInt8]) throws(OffsetDamage) {
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: key) } catch { throw OffsetDamage(problem: "holds a key that is not JSON") }
    guard let elements = json.elements, elements.count == 2, let name = elements[0].string, let members = elements[1].members else {
      throw OffsetDamage(problem: "holds a key that is not of the form [\"connector\",{partition}]")
    }
    self.name = name
    partition = try OffsetFile.list(members)
  }

  package func key() throws(OffsetDamage) -> String {
    JSONValue.array([.string(name), try OffsetFile.object(partition)]).text()
  }

  /// Whether it is the key of `partition`: the same entries, in any order.
  package func isOf(_ name: String, _ partition: [Checkpoint.Entry]) -> Bool {
    self.name == name && Checkpoint(partition: self.partition, offset: []).isOf(partition)
  }

  package static func value(_ offset: [Checkpoint.Entry]) throws(OffsetDamage) -> String { try OffsetFile.object(offset).text() }

  package static func offset(_ value: [UInt8]) throws(OffsetDamage) -> [Checkpoint.Entry] {
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: value) } catch { throw OffsetDamage(problem: "holds an offset that is not JSON") }
    guard let members = json.members else { throw OffsetDamage(problem: "holds an offset that is not a JSON object") }
    return try OffsetFile.list(members)
  }
}

/// Why stored offsets are not what they should be. Never holds their content.
package struct OffsetDamage: Error, Equatable {
  package let problem: String
  package init(problem: String) { self.problem = problem }
}
