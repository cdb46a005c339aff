// swift-tools-version: 6.1
import PackageDescription

// A program of its own that embeds one connector: it resolves no other package, and links libpq alone.
let package = Package(
  name: "embed",
  dependencies: [
    // Elsewhere: .package(url: "…/millrace", from: "…", traits: [])
    .package(name: "millrace", path: "../..", traits: [])
  ],
  targets: [
    .executableTarget(
      name: "orders",
      dependencies: [
        .product(name: "MillraceCore", package: "millrace"), .product(name: "MillracePostgres", package: "millrace"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
