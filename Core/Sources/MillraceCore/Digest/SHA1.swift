/// FIPS 180-4, section 6.1.
enum SHA1 {
  static func digest(_ message: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) {
    var state = SIMD8<UInt32>(0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0, 0, 0, 0)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { words in
      DigestBlocks.each(of: message, size: 64, isBigEndian: true) { block in
        for index in 0..<16 { words[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)) }
        for index in 16..<80 {
          let word = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
          words[index] = word << 1 | word >> 31
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
          let mixed: UInt32, constant: UInt32
          switch index / 20 {
          case 0: (mixed, constant) = (b & c ^ ~b & d, 0x5A82_7999)
          case 1: (mixed, constant) = (b ^ c ^ d, 0x6ED9_EBA1)
          case 2: (mixed, constant) = (b & c ^ b & d ^ c & d, 0x8F1B_BCDC)
          default: (mixed, constant) = (b ^ c ^ d, 0xCA62_C1D6)
          }
          let next = (a << 5 | a >> 27) &+ mixed &+ e &+ constant &+ words[index]
          (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
        }
        state &+= SIMD8(a, b, c, d, e, 0, 0, 0)
      }
    }
    for index in 0..<5 { output.storeBytes(of: state[index].bigEndian, toByteOffset: index * 4, as: UInt32.self) }
  }
}
