internal import CCurl
internal import MillraceCore

/// Decides, in one place, what an answer of a registry, or none, means for the run.
enum RegistryFailure {
  static let unconfigured = MillraceError(
    code: "registry.url", component: "registry", retry: .stop, message: "no registry is named", advice: "write schema.registry.url")

  static func unusable(_ message: String, _ url: String) -> MillraceError {
    MillraceError(code: "registry.client", component: "registry", retry: .stop, message: message, advice: "see whether libcurl is complete", subject: shown(url))
  }

  /// No answer. What a certificate or a setting is at fault for does not pass by itself.
  static func unreachable(_ code: CURLcode, _ url: String) -> MillraceError {
    let text = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CIPHER:
      return MillraceError(
        code: "registry.tls", component: "registry", retry: .stop, message: "the registry and we do not trust each other's certificates",
        advice: "see schema.registry.ssl.truststore.location and .keystore.location", subject: shown(url), serverCode: "curl \(code.rawValue)",
        serverText: text)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
      return MillraceError(
        code: "registry.client", component: "registry", retry: .stop, message: "the registry cannot be asked", advice: "see its URL and settings",
        subject: shown(url), serverCode: "curl \(code.rawValue)", serverText: text)
    default:
      return MillraceError(
        code: "registry.unreachable", component: "registry", retry: .retry, message: "the registry does not answer",
        advice: "start it, or see its URL and the network between", subject: shown(url), serverCode: "curl \(code.rawValue)", serverText: text)
    }
  }

  /// An answer that is not the one that was hoped for.
  ///
  /// - Parameters:
  ///   - subject: the subject or artifact.
  ///   - number: the registry's own number of the error.
  static func refused(_ status: Int, _ subject: String, number: Int64?, text: String?, asked what: String) -> MillraceError {
    let serverCode = number.map { "\($0)" } ?? "HTTP \(status)"
    func error(_ code: String, _ retry: MillraceError.Retry, _ message: String, _ advice: String) -> MillraceError {
      MillraceError(
        code: code, component: "registry", retry: retry, message: message, advice: advice, subject: subject, serverCode: serverCode,
        serverText: text)
    }
    switch status {
    case 401, 403:
      return error(
        "registry.access", .stop, "the registry does not let us \(what)", "see basic.auth.credentials.source and basic.auth.user.info, and the user's rights")
    case 404:
      return error(
        "registry.missing", .record, "the registry does not have the schema", "register it, or write auto.register.schemas=true")
    case 409:
      return error(
        "registry.incompatible", .record, "the schema is not compatible with those that the registry has",
        "make the change in the database compatible, or allow it with the subject's compatibility level")
    case 400, 422:
      return error("registry.invalid", .record, "the registry refuses the schema", "see what it says")
    case 408, 425, 429, 500...599:
      return error("registry.failing", .retry, "the registry could not \(what)", "see the registry's own log")
    default:
      return error("registry.answer", .stop, "the registry answers something else than was asked", "see whether its URL names a schema registry")
    }
  }

  /// Without what stands before the host: it may be a password.
  static func shown(_ url: String) -> String {
    guard let scheme = url.range(of: "://") else { return url }
    let rest = url[scheme.upperBound...]
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    guard let at = rest[..<end].lastIndex(of: "@") else { return url }
    return String(url[..<scheme.upperBound]) + String(rest[rest.index(after: at)...])
  }
}

extension String {
  /// The first place of `other`, without Foundation.
  fileprivate func range(of other: String) -> Range<String.Index>? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(other) { return at..<index(at, offsetBy: other.count) }
      at = index(after: at)
    }
    return nil
  }

  /// As one part of a URL's path (RFC 3986, section 2.3).
  var encodedForURL: String {
    var bytes: [UInt8] = []
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        bytes.append(byte)
      default:
        bytes += Array(("%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)).utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
