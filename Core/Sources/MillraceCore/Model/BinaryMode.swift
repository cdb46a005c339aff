/// `binary.handling.mode`: how binary values are delivered.
package enum BinaryMode: String, BitwiseCopyable, CaseIterable, Sendable {
  case bytes, base64
  case base64URLSafe = "base64-url-safe"
  case hex

  /// Required and without a name.
  package var schema: Schema { self == .bytes ? .bytes : .string }
  package var optionalSchema: Schema { self == .bytes ? .optionalBytes : .optionalString }
}

extension RecordBatch {
  /// Any bytes, as they are or as text.
  package mutating func binary(_ bytes: UnsafeRawBufferPointer, _ mode: BinaryMode) -> Slot {
    let at = arena.count
    switch mode {
    case .bytes: return self.bytes(bytes)
    case .hex:
      arena.appendWith(maximum: bytes.count &* 2) { memory in
        for (index, byte) in bytes.enumerated() {
          memory[2 &* index] = RecordBatch.digit(byte >> 4)
          memory[2 &* index &+ 1] = RecordBatch.digit(byte & 15)
        }
        return bytes.count &* 2
      }
    case .base64, .base64URLSafe:
      arena.appendWith(maximum: bytes.count / 3 &* 4 &+ 4) { memory in
        Base64.write(count: bytes.count, urlSafe: mode == .base64URLSafe, to: memory) { bytes[$0] }
      }
    }
    return .text(offset: at, length: arena.count &- at)
  }

  private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? nibble &+ 48 : nibble &+ 87 }
}
