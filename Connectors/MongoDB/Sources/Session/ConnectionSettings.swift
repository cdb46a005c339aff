internal import MillraceCore

/// Where the deployment is and how one signs in: `mongodb.*`. A connection string says some of it, too, and comes first, as in
/// Debezium.
struct ConnectionSettings: Sendable {
  let uri: String
  let user: String?
  let password: String?
  let authSource: String
  let usesTLS: Bool
  let allowsInvalidHostnames: Bool
  /// PEM files: a client certificate with its key, and the authorities that are trusted.
  let keyFile: String?
  let keyPassword: String?
  let authorityFile: String?
  let connectTimeout: Int
  /// 0: none.
  let socketTimeout: Int
  let selectionTimeout: Int
  let heartbeatFrequency: Int
  let name: String

  init(_ configuration: inout Configuration) {
    uri = configuration.required("mongodb.connection.string", "write the deployment's address, such as mongodb://host:27017/?replicaSet=rs0")
    if !uri.isEmpty, !uri.hasPrefix("mongodb://"), !uri.hasPrefix("mongodb+srv://") {
      configuration.report(
        Finding(key: "mongodb.connection.string", problem: "is no connection string of MongoDB", advice: "begin it with mongodb:// or mongodb+srv://"))
    }
    user = configuration["mongodb.user"].flatMap { $0.isEmpty ? nil : $0 }
    password = configuration["mongodb.password"]
    authSource = configuration["mongodb.authsource"] ?? "admin"
    usesTLS = configuration.boolean("mongodb.ssl.enabled", default: false)
    allowsInvalidHostnames = configuration.boolean("mongodb.ssl.invalid.hostname.allowed", default: false)
    keyFile = ConnectionSettings.store("mongodb.ssl.keystore", &configuration)
    keyPassword = configuration["mongodb.ssl.keystore.password"]
    authorityFile = ConnectionSettings.store("mongodb.ssl.truststore", &configuration)
    connectTimeout = configuration.integer("mongodb.connect.timeout.ms", default: 10_000, in: 0...Int(Int32.max))
    socketTimeout = configuration.integer("mongodb.socket.timeout.ms", default: 0, in: 0...Int(Int32.max))
    selectionTimeout = configuration.integer("mongodb.server.selection.timeout.ms", default: 30_000, in: 1...Int(Int32.max))
    heartbeatFrequency = configuration.integer("mongodb.heartbeat.frequency.ms", default: 10_000, in: 500...Int(Int32.max))
    name = configuration["name"] ?? configuration["topic.prefix"] ?? ""
    let standard = "io.debezium.connector.mongodb.connection.DefaultMongoDbAuthProvider"
    if let given = configuration["mongodb.authentication.class"]?.trimmed, given != standard {
      configuration.report(
        Finding(
          key: "mongodb.authentication.class", problem: "\"\(given)\" is a Java class, which cannot be loaded",
          advice: "leave it out: mongodb.user and mongodb.password, or the connection string (authMechanism=MONGODB-X509, MONGODB-AWS, …), say how to sign in"))
    }
  }

  /// A key or trust store: Java's kinds cannot be read here, PEM can.
  private static func store(_ key: String, _ configuration: inout Configuration) -> String? {
    let type = (configuration["\(key).type"] ?? "PKCS12").trimmed
    guard let path = configuration[key], !path.trimmed.isEmpty else { return nil }
    if type.uppercased() != "PEM" {
      let command = key.hasSuffix("keystore") ? "openssl pkcs12 -in FILE -nodes -out client.pem" : "openssl pkcs12 -in FILE -nokeys -out ca.pem"
      configuration.report(
        Finding(
          key: "\(key).type", problem: "\"\(type)\" is a store of Java's, which cannot be read here",
          advice: "turn it into a PEM file (\(command)) and write \(key).type=PEM"))
    }
    return path.trimmed
  }
}
