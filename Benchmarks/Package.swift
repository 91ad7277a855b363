// swift-tools-version: 6.2
import PackageDescription

/// The settings of Lava's own targets.
let common: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "LavaBenchmarks",
  platforms: [.macOS(.v26)],
  products: [.executable(name: "lava-benchmarks", targets: ["LavaBenchmarks"])],
  dependencies: [.package(name: "Lava", path: "..")],
  targets: [
    .target(name: "CBenchmark"),
    .executableTarget(
      name: "LavaBenchmarks",
      dependencies: [
        "CBenchmark",
        .product(name: "Tbl", package: "Lava"),
        .product(name: "SharedMemory", package: "Lava"),
        .product(name: "SimDB", package: "Lava"),
        .product(name: "SharedStructures", package: "Lava"),
        .product(name: "LavaSchema", package: "Lava"),
        .product(name: "LavaFlow", package: "Lava"),
      ],
      swiftSettings: common),
  ]
)
