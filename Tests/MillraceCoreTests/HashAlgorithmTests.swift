import MillraceCore
import Testing

struct HashAlgorithmTests {
  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Name, the digest of nothing, of "abc", and of the digests of 300 messages of 0 … 299 bytes, which end in every place of a
  /// block. Source: Python's hashlib.
  private static let known: [(name: String, nothing: String, abc: String, many: String)] = [
    ("MD5", "d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72",
     "07078cab541bc45f0a66e2c0213a32f4"),
    ("SHA-1", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "a9993e364706816aba3e25717850c26c9cd0d89d",
     "dfc942b5ddc5fe6421ccada9be50fa42e873926c"),
    ("SHA-224", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
     "d88e0c78201368a96088c911f15d0f9e9d274ff23ac82fc481f92e00"),
    ("SHA-256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     "d5238871a46ac4a1a75ac3fb19d645b0b3b9e5f35f5f720e2b240d605c6b694e"),
    ("SHA-384", "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
     "e3a73ee7e40ce4f9bb660f1ec279e2e3145ce11a3d066daaf5ba43639ef37a5e105d92e2090d8f782a96ca4c97457b29"),
    ("SHA-512", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "30d6c78a55e1f152f00703601a37b39b96c6c8fa2b3e66fb9c8182466b108d39d5dd84827c69cadb4376853da7ec31ea83a0a7a0e5a713bac426e0f0ceea8424"),
    ("SHA-512/224", "6ed0dd02806fa89e25de060c19d3ac86cabb87d6a0ddd05c333b84f4", "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
     "b303e60830c1ffb712435fd14daf3d2e7a9fe856f69b45e52991a4d1"),
    ("SHA-512/256", "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
     "7284103825cd2449d0eb4ce53139220bf85b3c859a7e28c87b494f2602b801c7"),
    ("SHA3-224", "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
     "728e8a64919249fc39946cd66f1acf79f3e60502da69ba644bd08a2d"),
    ("SHA3-256", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
     "dabd5ac39c87c1b00c4e69fda62098b8ab8cbe822a59392a3c8c70a4f147cde0"),
    ("SHA3-384", "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004", "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
     "98de9b808696745753b73a5b11890cc386f4a9633414397742df93ba12694aee1d7a44c05c7712f2d85f2e190b349c8b"),
    ("SHA3-512", "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26", "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
     "0493bb1ed8a67423b47070272de6694f08760209bb73a028830c7546427a73465bfd9ffab0eeb9e34ace03bf29ef4584dd137fdd2e6cd64aae3a56d203cef640"),
  ]

  @Test func digestsAreThoseOfTheStandard() throws {
    #expect(Self.known.map(\.name) == HashAlgorithm.allCases.map(\.rawValue))
    for (name, nothing, abc, many) in Self.known {
      let algorithm = try #require(HashAlgorithm(javaName: name))
      #expect(Self.hexadecimal(algorithm.digest([])) == nothing, "\(name)")
      #expect(Self.hexadecimal(algorithm.digest(Array("abc".utf8))) == abc, "\(name)")
      var digests: [UInt8] = []
      for length in 0..<300 { digests += algorithm.digest((0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + length) }) }
      #expect(Self.hexadecimal(algorithm.digest(digests)) == many, "\(name)")
      #expect(algorithm.digest([1]).count == algorithm.size)
    }
  }

  @Test func namesAreTakenAsJavaTakesThem() {
    #expect(HashAlgorithm(javaName: "sha-256") == .sha256)
    #expect(HashAlgorithm(javaName: "SHA") == .sha1)
    #expect(HashAlgorithm(javaName: "sha1") == .sha1)
    #expect(HashAlgorithm(javaName: "SHA512/256") == .sha512256)
    #expect(HashAlgorithm(javaName: "md5") == .md5)
    for unknown in ["", "MD2", "SHA-", "SHA3", "SHA-257", "SHA_256", "SHASHA-1", "CRC32", " MD5"] {
      #expect(HashAlgorithm(javaName: unknown) == nil, "\(unknown)")
    }
  }
}
