// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// The fuzz targets: a short round with the tests, or, for Tests/Fuzz/run, a program of its own.
let fuzzed: [Target.Dependency] = ["MillraceCore", "MillracePostgres", "MillraceMySQL", "MillraceMongoDB", "MillraceServer"]
let fuzz: Target =
  Context.environment["MILLRACE_FUZZ"] == nil
  ? .testTarget(name: "MillraceFuzzTests", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["main.swift", "run"], swiftSettings: strict)
  : .executableTarget(name: "fuzz", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["FuzzTests.swift", "RecordedSessionTests.swift", "run"], swiftSettings: strict)

let package = Package(
  name: "millrace",
  products: [
    .library(name: "MillraceCore", targets: ["MillraceCore"]),
    .library(name: "MillraceFormats", targets: ["MillraceFormats"]),
    .library(name: "MillraceTransforms", targets: ["MillraceTransforms"]),
    .library(name: "MillraceScripting", targets: ["MillraceScripting"]),
    .library(name: "MillracePostgres", targets: ["MillracePostgres"]),
    .library(name: "MillraceMySQL", targets: ["MillraceMySQL"]),
    .library(name: "MillraceMongoDB", targets: ["MillraceMongoDB"]),
    .library(name: "MillraceKafka", targets: ["MillraceKafka"]),
    .library(name: "MillraceFile", targets: ["MillraceFile"]),
    .library(name: "MillraceRegistries", targets: ["MillraceRegistries"]),
    .library(name: "MillraceArrow", targets: ["MillraceArrow"]),
    .library(name: "MillraceServer", targets: ["MillraceServer"]),
    .executable(name: "millrace", targets: ["millrace"]),
  ],
  traits: [
    .trait(name: "Server", description: "The millrace executable and what only it needs."),
    .default(enabledTraits: ["Server"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Core: the record model, the pipeline, configuration. No C, no Foundation on the data path.
    .target(name: "MillraceCore", path: "Core/Sources/MillraceCore", swiftSettings: strict),
    .target(name: "MillraceFormats", dependencies: ["MillraceCore"], path: "Core/Sources/MillraceFormats", swiftSettings: strict),
    .target(name: "MillraceTransforms", dependencies: ["MillraceCore", "MillraceFormats"], path: "Core/Sources/MillraceTransforms", swiftSettings: strict),

    // Scripts: JavaScript for transforms, by Duktape. Its C is compiled here, from the source that Debian ships.
    .target(name: "CDuktape", path: "Scripting/CDuktape"),
    .target(name: "MillraceScripting", dependencies: ["MillraceCore", "MillraceFormats", "MillraceTransforms", "CDuktape"], path: "Scripting/Sources", swiftSettings: strict),

    // Schema registries
    .systemLibrary(name: "CCurl", path: "Registries/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "MillraceRegistries", dependencies: ["MillraceCore", "MillraceFormats", "CCurl"], path: "Registries/Sources", swiftSettings: strict),

    // Connectors
    .systemLibrary(name: "CLibPQ", path: "Connectors/Postgres/CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "MillracePostgres", dependencies: ["MillraceCore", "CLibPQ"], path: "Connectors/Postgres/Sources", swiftSettings: strict),
    .systemLibrary(name: "CLibMariaDB", path: "Connectors/MySQL/CLibMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
    .systemLibrary(name: "CCompression", path: "Connectors/MySQL/CCompression", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev", "libdeflate-dev"])]),
    .target(name: "MillraceMySQL", dependencies: ["MillraceCore", "CLibMariaDB", "CCompression"], path: "Connectors/MySQL/Sources", swiftSettings: strict),
    .systemLibrary(name: "CLibMongoC", path: "Connectors/MongoDB/CLibMongoC", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"])]),
    .target(name: "CMongoCounters", path: "Connectors/MongoDB/CMongoCounters"),
    .target(name: "MillraceMongoDB", dependencies: ["MillraceCore", "CLibMongoC", "CMongoCounters"], path: "Connectors/MongoDB/Sources", swiftSettings: strict),

    // Sinks
    .systemLibrary(name: "CRdKafka", path: "Sinks/Kafka/CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
    .target(name: "MillraceKafka", dependencies: ["MillraceCore", "CRdKafka"], path: "Sinks/Kafka/Sources", swiftSettings: strict),
    .target(name: "MillraceFile", dependencies: ["MillraceCore"], path: "Sinks/File/Sources", swiftSettings: strict),
    .target(name: "MillraceArrow", dependencies: ["MillraceCore"], path: "Sinks/Arrow/Sources", swiftSettings: strict),

    // Server
    .target(
      name: "MillraceServer",
      dependencies: [
        "MillraceCore", "MillraceFormats", "MillraceTransforms", "MillraceScripting", "MillracePostgres", "MillraceMySQL", "MillraceMongoDB",
        "MillraceKafka", "MillraceFile", "MillraceArrow", "MillraceRegistries",
        .product(name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Server"])),
        .product(name: "Yams", package: "Yams", condition: .when(traits: ["Server"])),
      ],
      path: "Server/Sources/MillraceServer", swiftSettings: strict),
    .executableTarget(
      name: "millrace", dependencies: ["MillraceServer"], path: "Server/Sources/millrace", swiftSettings: strict),

    // Examples: the executable with components of one's own. Examples/embed is a package of its own.
    .executableTarget(
      name: "millrace-custom", dependencies: ["MillraceServer", "MillraceCore"], path: "Examples/custom", swiftSettings: strict),

    // Tests
    .testTarget(name: "MillraceCoreTests", dependencies: ["MillraceCore"], path: "Tests/MillraceCoreTests", swiftSettings: strict),
    .testTarget(name: "MillraceRegistriesTests", dependencies: ["MillraceRegistries", "MillraceFormats"], path: "Tests/MillraceRegistriesTests", swiftSettings: strict),
    .testTarget(name: "MillraceFormatsTests", dependencies: ["MillraceFormats"], path: "Tests/MillraceFormatsTests", swiftSettings: strict),
    .testTarget(name: "MillraceTransformsTests", dependencies: ["MillraceTransforms", "MillraceFormats"], path: "Tests/MillraceTransformsTests", swiftSettings: strict),
    .testTarget(name: "MillraceScriptingTests", dependencies: ["MillraceScripting", "MillraceTransforms", "MillraceFormats"], path: "Tests/MillraceScriptingTests", swiftSettings: strict),
    .testTarget(name: "MillracePostgresTests", dependencies: ["MillracePostgres", "MillraceFormats"], path: "Tests/MillracePostgresTests", swiftSettings: strict),
    .testTarget(name: "MillraceMySQLTests", dependencies: ["MillraceMySQL", "MillraceFormats"], path: "Tests/MillraceMySQLTests", swiftSettings: strict),
    .testTarget(name: "MillraceMongoDBTests", dependencies: ["MillraceMongoDB", "MillraceFormats"], path: "Tests/MillraceMongoDBTests", swiftSettings: strict),
    .testTarget(name: "MillraceKafkaTests", dependencies: ["MillraceKafka", "MillraceFormats", "CRdKafka"], path: "Tests/MillraceKafkaTests", swiftSettings: strict),
    .testTarget(name: "MillraceFileTests", dependencies: ["MillraceFile", "MillraceFormats"], path: "Tests/MillraceFileTests", swiftSettings: strict),
    .testTarget(name: "MillraceArrowTests", dependencies: ["MillraceArrow"], path: "Tests/MillraceArrowTests", swiftSettings: strict),
    fuzz,
    .testTarget(name: "MillraceServerTests", dependencies: ["MillraceServer"], path: "Tests/MillraceServerTests", swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
