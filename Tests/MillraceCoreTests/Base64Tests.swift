import Foundation
import Testing

@testable import MillraceCore

struct Base64Tests {
  /// Foundation's is the judge: all lengths around the block of twelve, and every value of a byte at every place.
  @Test func bytesOfEveryLengthAndValueAreWrittenAsFoundationDoes() {
    for count in 0..<64 {
      for seed in 0..<64 {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ seed &* 4) }
        var arena = ByteArena(capacity: 8)
        arena.append(UInt8(ascii: ">"))
        bytes.withUnsafeBytes { arena.append(base64: $0) }
        #expect(arena.withBytes { String(decoding: $0, as: UTF8.self) } == ">" + Data(bytes).base64EncodedString())
      }
    }
  }
}
