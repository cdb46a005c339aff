/// The digests that Java's `MessageDigest` knows, by its names. For masks and names, which must give what Java gives, not for
/// authentication.
package enum HashAlgorithm: String, CaseIterable, Sendable {
  case md5 = "MD5"
  case sha1 = "SHA-1"
  case sha224 = "SHA-224"
  case sha256 = "SHA-256"
  case sha384 = "SHA-384"
  case sha512 = "SHA-512"
  case sha512224 = "SHA-512/224"
  case sha512256 = "SHA-512/256"
  case sha3224 = "SHA3-224"
  case sha3256 = "SHA3-256"
  case sha3384 = "SHA3-384"
  case sha3512 = "SHA3-512"

  /// A name as Java takes it: without regard to case, `SHA`, and `SHA1` or `SHA256` without the dash.
  package init?(javaName: String) {
    let name = javaName.uppercased()
    let known = name == "SHA" ? HashAlgorithm.sha1 : HashAlgorithm(rawValue: name)
    let dashed = name.hasPrefix("SHA") ? HashAlgorithm(rawValue: "SHA-" + name.dropFirst(3)) : nil
    guard let found = known ?? dashed else { return nil }
    self = found
  }

  /// The length of a digest in bytes.
  package var size: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha224, .sha512224, .sha3224: 28
    case .sha256, .sha512256, .sha3256: 32
    case .sha384, .sha3384: 48
    case .sha512, .sha3512: 64
    }
  }

  static let maximumSize = 64

  /// Writes the digest of `bytes`, which is `size` long, to the beginning of `output`. Allocates nothing.
  func digest(_ bytes: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) {
    precondition(output.count >= size)
    switch self {
    case .md5: MD5.digest(bytes, to: output)
    case .sha1: SHA1.digest(bytes, to: output)
    case .sha224: SHA256.digest(bytes, SHA256.initial224, size: size, to: output)
    case .sha256: SHA256.digest(bytes, SHA256.initial256, size: size, to: output)
    case .sha384: SHA512.digest(bytes, SHA512.initial384, size: size, to: output)
    case .sha512: SHA512.digest(bytes, SHA512.initial512, size: size, to: output)
    case .sha512224: SHA512.digest(bytes, SHA512.initial512224, size: size, to: output)
    case .sha512256: SHA512.digest(bytes, SHA512.initial512256, size: size, to: output)
    case .sha3224, .sha3256, .sha3384, .sha3512: SHA3.digest(bytes, size: size, to: output)
    }
  }

  package func digest(_ message: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: size)
    message.withUnsafeBytes { bytes in result.withUnsafeMutableBytes { digest(bytes, to: $0) } }
    return result
  }
}
