// swift-tools-version:5.7
import PackageDescription

let package = Package(
  name: "Egressc",
  products: [.library(name: "Egressc", targets: ["Egressc"])],
  targets: [
    .systemLibrary(name: "EgresscFFI"),
    .target(name: "Egressc", dependencies: ["EgresscFFI"]),
  ]
)
