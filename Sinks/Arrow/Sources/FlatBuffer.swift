/// Builds one FlatBuffer, the form that Arrow's metadata has: from its end to its beginning, so that what is pointed to is written
/// before what points to it.
///
/// Source: "FlatBuffers Internals" (google/flatbuffers, docs/source/Internals.md).
struct FlatBuffer {
  /// Where something begins, counted from the end.
  struct Place { fileprivate let fromEnd: Int }

  /// One member of a table.
  enum Member {
    case int8(UInt8), int16(Int16), int32(Int32), int64(Int64)
    case place(Place)

    fileprivate var size: Int {
      switch self {
      case .int8: 1
      case .int16: 2
      case .int32, .place: 4
      case .int64: 8
      }
    }
  }

  /// Back to front.
  private var bytes: [UInt8] = []

  // MARK: parts

  mutating func string(_ text: String) -> Place {
    let text = Array(text.utf8)
    align(4, before: text.count + 1)
    bytes.append(0)
    bytes.append(contentsOf: text.reversed())
    put(UInt32(text.count))
    return here
  }

  /// A vector of tables or strings.
  mutating func vector(_ places: [Place]) -> Place {
    align(4, before: 4 * places.count)
    for place in places.reversed() { put(place) }
    put(UInt32(places.count))
    return here
  }

  /// A vector of structs of `width` longs each; a struct that has something narrower gives it as the low half of a long.
  mutating func vector(longs: [Int64], width: Int) -> Place {
    align(8, before: 8 * longs.count)
    // The length stands before the first element, which is aligned to its eight bytes.
    for long in longs.reversed() { put(long) }
    put(UInt32(longs.count / max(width, 1)))
    return here
  }

  /// - Parameter members: in the order of the schema; nil for one that is left out.
  mutating func table(_ members: [Member?]) -> Place {
    let end = bytes.count
    var places = [Int](repeating: 0, count: members.count)
    for size in [8, 4, 2, 1] {
      for (slot, member) in members.enumerated() {
        guard let member, member.size == size else { continue }
        align(size, before: size)
        switch member {
        case .int8(let value): put(value)
        case .int16(let value): put(value)
        case .int32(let value): put(value)
        case .int64(let value): put(value)
        case .place(let place): put(place)
        }
        places[slot] = bytes.count
      }
    }
    align(4, before: 4)
    let size = 4 + 2 * members.count
    // From the table back to its own table of offsets, which stands right before it.
    put(Int32(size))
    let start = bytes.count
    for place in places.reversed() { put(UInt16(place == 0 ? 0 : start - place)) }
    put(UInt16(start - end))
    put(UInt16(size))
    return Place(fromEnd: start)
  }

  /// The whole, a multiple of eight bytes long.
  mutating func finish(_ root: Place) -> [UInt8] {
    align(8, before: 4)
    put(root)
    return bytes.reversed()
  }

  // MARK: bytes

  private var here: Place { Place(fromEnd: bytes.count) }

  /// Pads so that what follows, `size` bytes long, begins at a multiple of `alignment`.
  private mutating func align(_ alignment: Int, before size: Int) {
    while (bytes.count + size) % alignment != 0 { bytes.append(0) }
  }

  private mutating func put(_ place: Place) { put(UInt32(bytes.count + 4 - place.fromEnd)) }

  private mutating func put<Number: FixedWidthInteger>(_ number: Number) {
    for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }
}
