internal import Glibc
internal import MillraceCore

/// Java's names for what TLS needs, as far as OpenSSL reads the files that they name.
enum TLSSettings {
  static func options(below prefix: String) -> [ConfigurationOption] {
    [
      .init("\(prefix)truststore.location", "A file with the authorities to trust, in PEM; default: the system's."),
      .init("\(prefix)truststore.type", default: "JKS", "PEM: Java's own stores cannot be read."),
      .init("\(prefix)truststore.password", secret: true, support: .ignored(reason: "a PEM file has none"), ""),
      .init("\(prefix)keystore.location", "A file with our certificate and key, in PEM or PKCS12."),
      .init("\(prefix)keystore.type", default: "JKS", "PEM or PKCS12."),
      .init("\(prefix)keystore.password", secret: true, "The password of a PKCS12 file."),
      .init("\(prefix)key.password", secret: true, "The password of the key."),
      .init("\(prefix)endpoint.identification.algorithm", default: "https", "Empty: the certificate may be of another host."),
    ]
  }

  static func read(below prefix: String, into http: inout HTTPSettings, _ configuration: inout Configuration) {
    if let file = file("truststore", ["PEM"], below: prefix, &configuration) { http.authorities = file.path }
    if let file = file("keystore", ["PEM", "PKCS12"], below: prefix, &configuration) {
      http.certificate = file.path
      http.certificateType = file.type == "PEM" ? "PEM" : "P12"
      if file.type == "PEM" { http.key = file.path }
      http.keyPassword = configuration["\(prefix)key.password"] ?? configuration["\(prefix)keystore.password"]
    }
    if configuration["\(prefix)endpoint.identification.algorithm"]?.trimmed == "" { http.verifiesHost = false }
  }

  private static func file(
    _ store: String, _ types: [String], below prefix: String, _ configuration: inout Configuration
  ) -> (path: String, type: String)? {
    guard let path = configuration["\(prefix)\(store).location"], !path.isEmpty else { return nil }
    let given = configuration["\(prefix)\(store).type"]?.trimmed.uppercased()
    let type = given ?? (path.hasSuffix(".pem") || path.hasSuffix(".crt") ? "PEM" : path.hasSuffix(".p12") || path.hasSuffix(".pfx") ? "PKCS12" : "JKS")
    guard types.contains(type) else {
      configuration.report(
        Finding(
          key: "\(prefix)\(store).type", problem: "is \(type), which only Java reads",
          advice: "convert the file to \(types.joined(separator: " or ")), and name its type here"))
      return nil
    }
    if access(path, R_OK) != 0 {
      configuration.report(Finding(key: "\(prefix)\(store).location", problem: "names no file that can be read", advice: "see the path"))
    }
    return (path, type)
  }
}
