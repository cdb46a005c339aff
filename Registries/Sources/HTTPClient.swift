internal import CCurl
internal import Glibc
internal import MillraceCore
internal import Synchronization

/// Asks a service over HTTP through libcurl; one connection is kept open. Calls block: they belong on a thread of their own.
///
/// `@unchecked Sendable`: the handle is used by one call at a time, on the thread of its owner.
final class HTTPClient: @unchecked Sendable {
  struct Answer: Sendable {
    let status: Int
    let body: [UInt8]

    var json: JSONValue? { try? JSONValue(parsing: body) }
  }

  private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  private let settings: HTTPSettings
  private var handle: OpaqueHandle?
  /// The URL that answered last.
  private var first = 0

  init(_ settings: HTTPSettings) { self.settings = settings }

  /// Asks each URL in turn until one answers something else than that it cannot (status 5xx counts as that).
  ///
  /// - Parameter path: behind the URL, with its parameters; encoded.
  func request(_ method: String, _ path: String, headers: [String] = [], body: String? = nil) throws(MillraceError) -> Answer {
    var failure = RegistryFailure.unconfigured
    for offset in 0..<settings.urls.count {
      let index = (first + offset) % settings.urls.count
      do throws(MillraceError) {
        let answer = try ask(settings.urls[index], method, path, headers, body)
        first = index
        if answer.status < 500 || offset == settings.urls.count - 1 { return answer }
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private func ask(_ url: String, _ method: String, _ path: String, _ headers: [String], _ body: String?) throws(MillraceError) -> Answer {
    guard Self.isReady, let handle = handle ?? OpaqueHandle() else { throw RegistryFailure.unusable("libcurl gives no handle", url) }
    self.handle = handle
    curl_easy_reset(handle.pointer)
    var options = Options(handle: handle.pointer)
    options.text(CURLOPT_URL, (url.hasSuffix("/") ? String(url.dropLast()) : url) + path)
    options.text(CURLOPT_CUSTOMREQUEST, method)
    options.text(CURLOPT_PROTOCOLS_STR, "http,https")
    options.long(CURLOPT_NOSIGNAL, 1)
    options.long(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout)
    options.long(CURLOPT_TIMEOUT_MS, settings.timeout)
    if let proxy = settings.proxy { options.text(CURLOPT_PROXY, proxy) }
    if let user = settings.userInfo { options.text(CURLOPT_USERPWD, user) }
    if let file = settings.authorities { options.text(CURLOPT_CAINFO, file) }
    if let file = settings.certificate {
      options.text(CURLOPT_SSLCERT, file)
      options.text(CURLOPT_SSLCERTTYPE, settings.certificateType)
    }
    if let file = settings.key { options.text(CURLOPT_SSLKEY, file) }
    if let password = settings.keyPassword { options.text(CURLOPT_KEYPASSWD, password) }
    if !settings.verifiesHost { options.long(CURLOPT_SSL_VERIFYHOST, 0) }
    let list = HeaderList()
    for header in settings.headers + headers { list.append(header) }
    if let token = settings.token { list.append("Authorization: Bearer \(token)") }
    options.code = options.code == CURLE_OK ? millrace_curl_list(handle.pointer, CURLOPT_HTTPHEADER, list.pointer) : options.code
    if let body {
      options.long(CURLOPT_POSTFIELDSIZE, body.utf8.count)
      options.text(CURLOPT_COPYPOSTFIELDS, body)
    }
    let sink = Body()
    // Both live until the call has returned.
    let code = withExtendedLifetime((sink, list)) {
      let context = Unmanaged.passUnretained(sink).toOpaque()
      if options.code == CURLE_OK { options.code = millrace_curl_writer(handle.pointer, Body.take, context) }
      return options.code == CURLE_OK ? curl_easy_perform(handle.pointer) : options.code
    }
    guard code == CURLE_OK else { throw RegistryFailure.unreachable(code, url) }
    return Answer(status: millrace_curl_status(handle.pointer), body: sink.bytes)
  }

  /// Sets options until one is refused.
  private struct Options {
    let handle: UnsafeMutableRawPointer
    var code = CURLE_OK

    mutating func text(_ option: CURLoption, _ value: String) {
      if code == CURLE_OK { code = millrace_curl_text(handle, option, value) }
    }

    mutating func long(_ option: CURLoption, _ value: Int) {
      if code == CURLE_OK { code = millrace_curl_long(handle, option, value) }
    }
  }
}

/// Owns libcurl's handle.
private final class OpaqueHandle {
  let pointer: UnsafeMutableRawPointer

  init?() {
    guard let pointer = curl_easy_init() else { return nil }
    self.pointer = pointer
  }

  deinit { curl_easy_cleanup(pointer) }
}

/// Owns the lines of a request's head.
private final class HeaderList {
  private(set) var pointer: UnsafeMutablePointer<curl_slist>?

  func append(_ line: String) {
    if let longer = curl_slist_append(pointer, line) { pointer = longer }
  }

  deinit { curl_slist_free_all(pointer) }
}

/// Takes the body of an answer, up to 16 MiB.
private final class Body {
  private(set) var bytes: [UInt8] = []

  static let take: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int = { data, size, count, context in
    guard let data, let context else { return 0 }
    let body = Unmanaged<Body>.fromOpaque(context).takeUnretainedValue()
    let length = size * count
    guard body.bytes.count + length <= 16 << 20 else { return 0 }
    body.bytes.append(contentsOf: UnsafeRawBufferPointer(start: data, count: length))
    return length
  }
}
