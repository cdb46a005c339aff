import Glibc

/// The messages of a real session: Tests/Fixtures/pgoutput.hex, made by Tests/Fixtures/record.
enum RecordedSession {
  static let messages: [[UInt8]] = lines.map(\.message)

  /// LSN as text and message, in order; empty where the file is missing.
  static let lines: [(lsn: Substring, message: [UInt8])] = {
    let path = String(#filePath).split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures/pgoutput.hex"
    return text(path).split(separator: "\n").compactMap { line in
      let parts = line.split(separator: " ")
      guard parts.count == 2 else { return nil }
      let digits = Array(parts[1].utf8)
      return (parts[0], stride(from: 0, to: digits.count - 1, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) })
    }
  }()

  private static func value(_ digit: UInt8) -> UInt8 { digit <= 57 ? digit &- 48 : digit &- 87 }

  private static func text(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
