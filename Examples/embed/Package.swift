// swift-tools-version: 6.1
import PackageDescription

let postgres: [Target.Dependency] = [
  .product(name: "MillraceCore", package: "millrace"), .product(name: "MillracePostgres", package: "millrace"),
]

// Programs of their own that embed one connector: they resolve no other package, and link libpq alone.
let package = Package(
  name: "embed",
  dependencies: [
    // Elsewhere: .package(url: "…/millrace", from: "…", traits: [])
    .package(name: "millrace", path: "../..", traits: [])
  ],
  targets: [
    .executableTarget(name: "orders", dependencies: postgres),
    .executableTarget(name: "replica", dependencies: postgres),
  ],
  swiftLanguageModes: [.v6]
)
