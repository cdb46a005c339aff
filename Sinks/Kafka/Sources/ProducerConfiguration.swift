internal import CRdKafka
internal import MillraceCore

/// The settings of a producer as librdkafka has them, from those that Java's producer has: same names pass, others are
/// translated, what means nothing outside a JVM is left out, and what neither knows is a finding.
struct ProducerConfiguration: Sendable {
  private(set) var settings: [(name: String, value: String)] = []
  private(set) var findings: [Finding] = []
  /// Whether a record can neither be doubled nor overtaken by a retry.
  private(set) var isIdempotent = true

  /// Java's names that mean something to the JVM only.
  static let ignored: Set<String> = [
    "key.serializer", "value.serializer", "max.block.ms", "metadata.max.idle.ms", "auto.include.jmx.reporter", "metric.reporters",
    "metrics.num.samples", "metrics.recording.level", "metrics.sample.window.ms", "ssl.protocol", "ssl.enabled.protocols",
    "ssl.trustmanager.algorithm", "ssl.keymanager.algorithm", "ssl.secure.random.implementation", "enable.metrics.push",
    "partitioner.ignore.keys", "partitioner.adaptive.partitioning.enable", "partitioner.availability.timeout.ms",
  ]

  private static let renamed = [
    "max.request.size": "message.max.bytes", "send.buffer.bytes": "socket.send.buffer.bytes",
    "receive.buffer.bytes": "socket.receive.buffer.bytes", "sasl.login.callback.handler.class": "", "interceptor.classes": "",
    "ssl.truststore.certificates": "ssl.ca.pem", "ssl.keystore.certificate.chain": "ssl.certificate.pem",
    "ssl.keystore.key": "ssl.key.pem", "socket.connection.setup.timeout.ms": "socket.connection.setup.timeout.ms",
  ]

  /// - Parameter producer: Java's or librdkafka's names, without a prefix.
  init(_ producer: Configuration) {
    // Memory is bounded (Invariant 7): Java's default for what waits to be sent, where librdkafka has a gigabyte.
    var result = [
      "client.id": "millrace", "queue.buffering.max.kbytes": "32768", "partitioner": "murmur2_random", "log_level": "5",
      "log.queue": "true", "enable.idempotence": "true",
    ]
    // What Java does: settings that idempotence cannot keep switch it off, unless it is asked for.
    if producer["enable.idempotence"] == nil, Self.contradictsIdempotence(producer) { result["enable.idempotence"] = "false" }
    for key in producer.keys {
      guard let value = producer[key] else { continue }
      translate(key, value, producer, into: &result)
    }
    isIdempotent = result["enable.idempotence"]?.lowercased() == "true"
    if isIdempotent {
      result["acks"] = result["acks"] ?? "all"
    } else if producer["max.in.flight.requests.per.connection"] == nil, producer["max.in.flight"] == nil {
      // Invariant 4: without idempotence a retry could overtake.
      result["max.in.flight.requests.per.connection"] = "1"
    }
    settings = result.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    validate()
  }

  private static func contradictsIdempotence(_ producer: Configuration) -> Bool {
    if let acks = producer["acks"] ?? producer["request.required.acks"], !["all", "-1"].contains(acks) { return true }
    if producer["retries"] == "0" { return true }
    if let inFlight = producer["max.in.flight.requests.per.connection"].flatMap({ Int($0) }), inFlight > 5 { return true }
    return false
  }

  private mutating func translate(_ key: String, _ value: String, _ producer: Configuration, into result: inout [String: String]) {
    switch key {
    case _ where Self.ignored.contains(key): break
    case "buffer.memory":
      guard let bytes = Int(value), bytes > 0 else { return report(key, "is not a number of bytes", "write buffer.memory=33554432") }
      result["queue.buffering.max.kbytes"] = String(max(1, bytes / 1024))
    case "client.dns.lookup":
      if value != "use_all_dns_ips" && value != "default" { report(key, "is not supported", "leave it out") }
    case "send.buffer.bytes", "receive.buffer.bytes":
      result["socket." + key] = value == "-1" ? "0" : value
    case "partitioner.class":
      if !value.isEmpty && !value.hasSuffix("DefaultPartitioner") {
        report(key, "names a Java class", "leave it out for Java's own partitioning, or set producer.partitioner of librdkafka")
      }
    case "interceptor.classes", "sasl.login.callback.handler.class", "sasl.client.callback.handler.class", "sasl.login.class":
      if !value.isEmpty { report(key, "names a Java class", "leave it out") }
    case "sasl.jaas.config": translateJAAS(value, into: &result)
    case "ssl.endpoint.identification.algorithm": result[key] = value.isEmpty ? "none" : value
    case "ssl.truststore.type":
      if value != "PEM" { report(key, "is \(value), which only Java reads", "export the certificates as PEM and set producer.ssl.ca.location") }
    case "ssl.truststore.location":
      if producer["ssl.truststore.type"] == "PEM" { result["ssl.ca.location"] = value } else if producer["ssl.truststore.type"] == nil {
        report(key, "is a Java key store", "export the certificates as PEM and set producer.ssl.ca.location")
      }
    case "ssl.truststore.password": break
    case "ssl.keystore.type":
      if value != "PEM" && value != "PKCS12" { report(key, "is \(value), which only Java reads", "convert the key store to PKCS12") }
    case "ssl.keystore.location" where producer["ssl.keystore.type"] == "PEM":
      result["ssl.certificate.location"] = value
      result["ssl.key.location"] = value
    default:
      if let name = Self.renamed[key] { result[name] = value } else { result[key] = value }
    }
  }

  /// `…PlainLoginModule required username="…" password="…";`
  private mutating func translateJAAS(_ text: String, into result: inout [String: String]) {
    func option(_ name: String) -> String? {
      guard let place = text.firstRange(of: "\(name)=\"") else { return nil }
      var value = ""
      var isEscaped = false
      for character in text[place.upperBound...] {
        if isEscaped || (character != "\"" && character != "\\") {
          value.append(character)
          isEscaped = false
        } else if character == "\\" {
          isEscaped = true
        } else {
          return value
        }
      }
      return nil
    }
    guard text.contains("PlainLoginModule") || text.contains("ScramLoginModule"), let user = option("username"),
      let password = option("password")
    else {
      return report("sasl.jaas.config", "is of a kind that only Java reads", "set producer.sasl.username and producer.sasl.password")
    }
    result["sasl.username"] = result["sasl.username"] ?? user
    result["sasl.password"] = result["sasl.password"] ?? password
  }

  private mutating func report(_ key: String, _ problem: String, _ advice: String) {
    findings.append(Finding(key: "producer." + key, problem: problem, advice: advice))
  }

  /// Lets librdkafka judge each setting.
  private mutating func validate() {
    let properties = KafkaProperties()
    for (name, value) in settings {
      guard let problem = properties.set(name, value) else { continue }
      switch problem {
      case .unknown: report(name, "is not known", "correct its name, or leave it out")
      // librdkafka's text names the value, which may be a secret.
      case .invalid: report(name, "has a value that is not allowed", "see CONFIGURATION.md of librdkafka \(String(cString: rd_kafka_version_str()))")
      }
    }
  }

  /// Whether a setting is about reaching the brokers, and so good for any client.
  static func isOfConnection(_ name: String) -> Bool {
    ["bootstrap.servers", "metadata.broker.list", "client.id", "client.rack", "client.dns.lookup", "log.queue", "reconnect.backoff.ms",
      "reconnect.backoff.max.ms", "enable.sasl.oauthbearer.unsecure.jwt", "enable.ssl.certificate.verification"].contains(name)
      || ["security.", "ssl.", "sasl.", "socket.", "broker.", "test.mock."].contains { name.hasPrefix($0) }
  }

  /// The value of a setting, by librdkafka's name.
  subscript(name: String) -> String? { settings.first { $0.name == name }?.value }

  /// All settings in librdkafka's form.
  func properties() -> KafkaProperties {
    let properties = KafkaProperties()
    for (name, value) in settings { _ = properties.set(name, value) }
    return properties
  }
}

/// Owns a set of librdkafka properties until a handle takes it over.
struct KafkaProperties: ~Copyable {
  private let pointer: OpaquePointer

  enum Problem { case unknown, invalid }

  init() { pointer = rd_kafka_conf_new() }

  deinit { rd_kafka_conf_destroy(pointer) }

  func set(_ name: String, _ value: String) -> Problem? {
    switch rd_kafka_conf_set(pointer, name, value, nil, 0) {
    case RD_KAFKA_CONF_OK: nil
    case RD_KAFKA_CONF_UNKNOWN: .unknown
    default: .invalid
    }
  }

  /// A copy, which the caller must give to `rd_kafka_new` or destroy.
  func duplicate() -> OpaquePointer { rd_kafka_conf_dup(pointer) }
}
