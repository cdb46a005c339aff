/// The blocks of a message padded as MD5 and the SHA families before SHA-3 do it: a bit, zeros, and the length in bits.
enum DigestBlocks {
  /// Calls `body` with each block.
  /// - Parameters:
  ///   - size: 64 or 128 bytes.
  ///   - isBigEndian: how the length is written.
  static func each(
    of message: UnsafeRawBufferPointer, size: Int, isBigEndian: Bool, _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    var at = 0
    while at &+ size <= message.count {
      body(UnsafeRawBufferPointer(rebasing: message[at..<(at &+ size)]))
      at &+= size
    }
    withUnsafeTemporaryAllocation(byteCount: 2 * size, alignment: 8) { tail in
      tail.initializeMemory(as: UInt8.self, repeating: 0)
      let rest = UnsafeRawBufferPointer(rebasing: message[at...])
      tail.copyMemory(from: rest)
      tail[rest.count] = 0x80
      // The length has an eighth of a block.
      let count = rest.count < size - size / 8 ? size : 2 * size
      let bits = UInt64(message.count) &* 8
      if isBigEndian {
        tail.storeBytes(of: bits.bigEndian, toByteOffset: count - 8, as: UInt64.self)
      } else {
        tail.storeBytes(of: bits.littleEndian, toByteOffset: count - 8, as: UInt64.self)
      }
      for start in stride(from: 0, to: count, by: size) {
        body(UnsafeRawBufferPointer(rebasing: tail[start..<(start + size)]))
      }
    }
  }
}
