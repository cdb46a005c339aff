/// FIPS 202: SHA-3 of any length.
enum SHA3 {
  static func digest(_ message: UnsafeRawBufferPointer, size: Int, to output: UnsafeMutableRawBufferPointer) {
    let rate = 200 - 2 * size
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 30) { memory in
      memory.initialize(repeating: 0)
      let state = UnsafeMutableBufferPointer(rebasing: memory[0..<25])
      let columns = UnsafeMutableBufferPointer(rebasing: memory[25..<30])
      var at = 0
      while at &+ rate <= message.count {
        for index in 0..<(rate / 8) {
          state[index] ^= UInt64(littleEndian: message.loadUnaligned(fromByteOffset: at + index * 8, as: UInt64.self))
        }
        permute(state, columns)
        at &+= rate
      }
      for index in 0..<(message.count - at) { absorb(message[at + index], at: index, state) }
      absorb(0x06, at: message.count - at, state)
      absorb(0x80, at: rate - 1, state)
      permute(state, columns)
      for index in 0..<size { output[index] = UInt8(truncatingIfNeeded: state[index / 8] >> UInt64(index % 8 * 8)) }
    }
  }

  private static func absorb(_ byte: UInt8, at index: Int, _ state: UnsafeMutableBufferPointer<UInt64>) {
    state[index / 8] ^= UInt64(byte) << UInt64(index % 8 * 8)
  }

  /// Keccak-f[1600].
  private static func permute(_ state: UnsafeMutableBufferPointer<UInt64>, _ columns: UnsafeMutableBufferPointer<UInt64>) {
    for round in 0..<24 {
      for x in 0..<5 { columns[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] }
      for x in 0..<5 {
        let next = columns[(x + 1) % 5]
        let mixed = columns[(x + 4) % 5] ^ (next << 1 | next >> 63)
        for y in stride(from: x, to: 25, by: 5) { state[y] ^= mixed }
      }
      var moved = state[1]
      for step in 0..<24 {
        let kept = state[lanes[step]]
        let shift = rotations[step]
        state[lanes[step]] = moved << shift | moved >> (64 - shift)
        moved = kept
      }
      for row in stride(from: 0, to: 25, by: 5) {
        for x in 0..<5 { columns[x] = state[row + x] }
        for x in 0..<5 { state[row + x] = columns[x] ^ ~columns[(x + 1) % 5] & columns[(x + 2) % 5] }
      }
      state[0] ^= constants[round]
    }
  }

  private static let rotations: [UInt64] = [
    1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
  ]
  private static let lanes = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1]
  private static let constants: [UInt64] = [
    0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808A, 0x8000_0000_8000_8000,
    0x0000_0000_0000_808B, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
    0x0000_0000_0000_008A, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000A,
    0x0000_0000_8000_808B, 0x8000_0000_0000_008B, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
    0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800A, 0x8000_0000_8000_000A,
    0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
  ]
}
