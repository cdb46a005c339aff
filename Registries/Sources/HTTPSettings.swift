/// How a registry is reached.
struct HTTPSettings: Sendable {
  /// Tried in turn, the one that answered last first.
  var urls: [String] = []
  /// Sent with every request.
  var headers: [String] = []
  /// `user:password` of basic authentication; nil: what stands in the URL, if anything does.
  var userInfo: String?
  /// Of `Authorization: Bearer`.
  var token: String?
  var connectTimeout = 60_000
  var timeout = 60_000
  /// `host:port`
  var proxy: String?
  /// A PEM file of authorities to trust instead of the system's.
  var authorities: String?
  /// A PEM or PKCS12 file with our certificate, and our key where it lies apart.
  var certificate: String?
  var certificateType = "PEM"
  var key: String?
  var keyPassword: String?
  /// Whether the certificate must be of the host that was asked.
  var verifiesHost = true
}
