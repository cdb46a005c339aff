// swift-tools-version: 6.1
import PackageDescription

// A program of its own that embeds the MySQL connector: it resolves no other package, and links libmariadb (with zstd and deflate, which
// the log is compressed and summed with) alone.
let package = Package(
  name: "embed-mysql",
  dependencies: [
    // Elsewhere: .package(url: "…/millrace", from: "…", traits: [])
    .package(name: "millrace", path: "../..", traits: [])
  ],
  targets: [
    .executableTarget(
      name: "rows",
      dependencies: [.product(name: "MillraceCore", package: "millrace"), .product(name: "MillraceMySQL", package: "millrace")])
  ],
  swiftLanguageModes: [.v6]
)
