// swift-tools-version: 6.1
import PackageDescription

// A program of its own that embeds the MongoDB connector: it resolves no other package, and links libmongoc alone.
let package = Package(
  name: "embed-mongodb",
  dependencies: [
    // Elsewhere: .package(url: "…/millrace", from: "…", traits: [])
    .package(name: "millrace", path: "../..", traits: [])
  ],
  targets: [
    .executableTarget(
      name: "documents",
      dependencies: [.product(name: "MillraceCore", package: "millrace"), .product(name: "MillraceMongoDB", package: "millrace")])
  ],
  swiftLanguageModes: [.v6]
)
