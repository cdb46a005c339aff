public import MillraceCore

/// Debezium's `io.debezium.transforms.GeometryFormatTransformer`: geometries with or without their SRID inside the binary form.
public enum GeometryFormatTransformer {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init(
      "format", .choice(["wkb", "ewkb"]), default: "wkb",
      "What geometries are read as: wkb gets its SRID added, ewkb loses it. From the first geometry with an SRID inside on, all are ewkb.")
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    let isExtended = configuration.string("format")?.lowercased().trimmed == "ewkb"
    return SchemaTransform(GeometryWork(GeometryFormat(isExtended: isExtended)))
  }
}

/// Debezium's `io.debezium.transforms.SwapGeometryCoordinates`: x in the place of y.
public enum SwapGeometryCoordinates {
  /// The settings below `transforms.<alias>.`.
  public static let options: [ConfigurationOption] = [
    .init("srids", default: "4326,3857,4269", "The SRIDs of the geometries whose coordinates are swapped.")
  ]

  /// Reads the settings, without a prefix; mistakes become findings of `configuration`.
  public static func transform(_ configuration: inout Configuration) -> any Transform {
    var srids: [Int64] = configuration["srids"] == nil ? [4326, 3857, 4269] : []
    for item in configuration.list("srids") {
      if let srid = Int32(item) { srids.append(Int64(srid)) } else {
        configuration.report(Finding(key: "srids", problem: "has \"\(item)\", which is no number", advice: "list SRIDs, such as 4326,3857"))
      }
    }
    return SchemaTransform(GeometryWork(CoordinateSwap(srids: srids)))
  }
}

/// What is done with one geometry.
protocol GeometryChange: Sendable {
  var name: String { get }
  /// Whether geometries in arrays and maps are changed as well.
  var entersLists: Bool { get }
  /// - Parameter srid: nil where the geometry has none beside its bytes.
  /// - Returns: nil if the bytes stay as they are.
  func changed(_ bytes: UnsafeRawBufferPointer, srid: Int64?) throws(GeometryFailure) -> [UInt8]?
}

/// Why a geometry cannot be changed.
enum GeometryFailure: Error {
  /// It has no SRID to add.
  case noSRID
  /// Its bytes are no geometry that is known.
  case malformed
}

/// Adds the SRID or removes it (io.debezium.spatial.GeometryFormatConverter).
///
/// `@unchecked Sendable`: a transform is used by one stage at a time.
final class GeometryFormat: GeometryChange, @unchecked Sendable {
  let name = "GeometryFormatTransformer"
  let entersLists = false
  private var isExtended: Bool

  init(isExtended: Bool) { self.isExtended = isExtended }

  func changed(_ bytes: UnsafeRawBufferPointer, srid: Int64?) throws(GeometryFailure) -> [UInt8]? {
    var reader = WKBReader(bytes)
    let order = bytes.first
    let type = bytes.count >= 5 ? reader.header() : nil
    // The reference remembers it, too.
    if let type, type & WKBReader.hasSRID != 0 { isExtended = true }
    guard isExtended else {
      guard let srid else { throw .noSRID }
      guard let type, let order else { throw .malformed }
      return WKBReader.header(order, type | WKBReader.hasSRID, srid: UInt32(truncatingIfNeeded: srid)) + bytes[5...]
    }
    guard let type, let order, type & WKBReader.hasSRID != 0 else { return nil }
    guard bytes.count >= 9 else { throw .malformed }
    return WKBReader.header(order, type & ~WKBReader.hasSRID, srid: nil) + bytes[9...]
  }
}

/// Swaps the first two ordinates of each point (io.debezium.spatial.GeometryCoordinateSwapper).
struct CoordinateSwap: GeometryChange {
  let name = "SwapGeometryCoordinates"
  let entersLists = true
  let srids: [Int64]

  func changed(_ bytes: UnsafeRawBufferPointer, srid: Int64?) throws(GeometryFailure) -> [UInt8]? {
    guard let srid, srids.contains(srid) else { return nil }
    var reader = WKBReader(bytes)
    var points: [Int] = []
    try reader.geometry(&points, depth: 0)
    // What follows the geometry is not kept.
    var result = Array(bytes[..<reader.at])
    for point in points { for index in point..<point + 8 { result.swapAt(index, index + 8) } }
    return result
  }
}

/// Reads well-known binary, with the flags of PostGIS for z, m and SRID.
struct WKBReader {
  static let hasZ: UInt32 = 0x8000_0000, hasM: UInt32 = 0x4000_0000, hasSRID: UInt32 = 0x2000_0000

  private let bytes: UnsafeRawBufferPointer
  private(set) var at = 0
  private var isLittle = true

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The type behind the byte order; nil where there is not as much.
  mutating func header() -> UInt32? {
    guard let order = byte() else { return nil }
    isLittle = order == 1
    return word()
  }

  static func header(_ order: UInt8, _ type: UInt32, srid: UInt32?) -> [UInt8] {
    var result = [order]
    for word in [type, srid].compactMap(\.self) {
      let ordered = order == 1 ? word.littleEndian : word.bigEndian
      withUnsafeBytes(of: ordered) { result += $0 }
    }
    return result
  }

  private mutating func byte() -> UInt8? {
    guard at < bytes.count else { return nil }
    at += 1
    return bytes[at - 1]
  }

  private mutating func word() -> UInt32? {
    guard at + 4 <= bytes.count else { return nil }
    let value = bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
    at += 4
    return isLittle ? UInt32(littleEndian: value) : UInt32(bigEndian: value)
  }

  private mutating func count() throws(GeometryFailure) -> Int {
    guard let word = word(), Int(word) <= bytes.count else { throw .malformed }
    return Int(word)
  }

  /// Appends where the points of a whole geometry begin.
  mutating func geometry(_ points: inout [Int], depth: Int) throws(GeometryFailure) {
    guard depth < 64, let order = byte() else { throw .malformed }
    isLittle = order == 1
    try body(&points, depth: depth)
  }

  private mutating func body(_ points: inout [Int], depth: Int) throws(GeometryFailure) {
    guard let type = word() else { throw .malformed }
    let stride = 2 + (type & WKBReader.hasZ != 0 ? 1 : 0) + (type & WKBReader.hasM != 0 ? 1 : 0)
    if type & WKBReader.hasSRID != 0, word() == nil { throw .malformed }
    switch type & 0xff {
    case 1: try point(stride, &points)
    case 2: try line(stride, &points)
    case 3: try rings(stride, &points)
    case 4: try members(&points) { (reader, points) throws(GeometryFailure) in try reader.point(stride, &points) }
    case 5: try members(&points) { (reader, points) throws(GeometryFailure) in try reader.line(stride, &points) }
    case 6: try members(&points) { (reader, points) throws(GeometryFailure) in try reader.rings(stride, &points) }
    case 7:
      for _ in 0..<(try count()) {
        let outer = isLittle
        try geometry(&points, depth: depth + 1)
        isLittle = outer
      }
    default: throw .malformed
    }
  }

  private mutating func point(_ stride: Int, _ points: inout [Int]) throws(GeometryFailure) {
    guard at + stride * 8 <= bytes.count else { throw .malformed }
    points.append(at)
    at += stride * 8
  }

  private mutating func line(_ stride: Int, _ points: inout [Int]) throws(GeometryFailure) {
    for _ in 0..<(try count()) { try point(stride, &points) }
  }

  private mutating func rings(_ stride: Int, _ points: inout [Int]) throws(GeometryFailure) {
    for _ in 0..<(try count()) { try line(stride, &points) }
  }

  /// Members of one kind, each with byte order and type before it.
  private mutating func members(
    _ points: inout [Int], _ read: (inout WKBReader, inout [Int]) throws(GeometryFailure) -> Void
  ) throws(GeometryFailure) {
    for _ in 0..<(try count()) {
      let outer = isLittle
      guard header() != nil else { throw .malformed }
      try read(&self, &points)
      isLittle = outer
    }
  }
}
