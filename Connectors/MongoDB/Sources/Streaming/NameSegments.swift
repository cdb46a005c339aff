internal import MillraceCore

/// The parts of a name with dots. Numbers, which are places in arrays, are told apart from names; used again for each name.
struct NameSegments {
  private var name = UnsafeRawBufferPointer(start: nil, count: 0)
  private var all: [Range<Int>] = []
  /// Those that count: without numbers, unless two stand behind one another or there is but one part.
  private var counted: [Range<Int>] = []
  private var countsNumbers = false

  /// - Parameter name: has to last as long as the parts are used.
  mutating func split(_ name: UnsafeRawBufferPointer) {
    self.name = name
    all.removeAll(keepingCapacity: true)
    counted.removeAll(keepingCapacity: true)
    var start = 0
    for index in 0..<name.count where name[index] == UInt8(ascii: ".") {
      all.append(start..<index)
      start = index + 1
    }
    all.append(start..<name.count)
    countsNumbers = all.count == 1
    var previousIsNumber = false
    for segment in all {
      let isNumber = isNumber(segment)
      if isNumber, previousIsNumber { countsNumbers = true }
      previousIsNumber = isNumber
    }
    for segment in all where countsNumbers || !isNumber(segment) { counted.append(segment) }
  }

  var count: Int { counted.count }

  private func isNumber(_ segment: Range<Int>) -> Bool {
    !segment.isEmpty && segment.allSatisfy { name[$0] >= 48 && name[$0] <= 57 }
  }

  private func isEqual(_ index: Int, _ node: [UInt8]) -> Bool {
    let segment = counted[index]
    return segment.count == node.count && segment.elementsEqual(node.indices) { name[$0] == node[$1] }
  }

  /// Whether the first parts are those of `nodes`, or all of them where there are fewer.
  func agrees(with nodes: [[UInt8]]) -> Bool {
    for index in 0..<min(counted.count, nodes.count) where !isEqual(index, nodes[index]) { return false }
    return true
  }

  /// Whether the parts are the beginning of `nodes`, or all of them.
  func leads(to nodes: [[UInt8]]) -> Bool { counted.count <= nodes.count && agrees(with: nodes) }

  /// Appends the name with another one for the part `place`, numbers not counted.
  func append(renaming place: Int, to newName: [UInt8], arena: inout ByteArena) {
    var index = 0
    for (number, segment) in all.enumerated() {
      if number > 0 { arena.append(UInt8(ascii: ".")) }
      if isNumber(segment) {
        arena.append(UnsafeRawBufferPointer(rebasing: name[segment]))
      } else {
        if index == place { arena.append(newName) } else { arena.append(UnsafeRawBufferPointer(rebasing: name[segment])) }
        index += 1
      }
    }
  }
}
