// swift-tools-version: 6.2
import PackageDescription

/// Settings every Lava target shares: Swift 6 mode, strict memory safety, warnings as errors.
let common: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .define("STEP_HOOK", .when(traits: ["StepHook"])),
]

/// `@_lifetime` is needed where views over raw bytes are defined, and nowhere above.
let lifetimes: [SwiftSetting] = common + [.enableExperimentalFeature("Lifetimes")]

let package = Package(
  name: "Lava",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "lava", targets: ["LavaCLI"]),
    .library(name: "Lava", targets: ["Lava"]),
    .library(name: "Tbl", targets: ["Tbl"]),
    .library(name: "TblArrow", targets: ["TblArrow"]),
    .library(name: "SharedMemory", targets: ["SharedMemory"]),
    .library(name: "SimDB", targets: ["SimDB"]),
    .library(name: "SharedStructures", targets: ["SharedStructures"]),
    .library(name: "Registry", targets: ["Registry"]),
    .library(name: "LavaSchema", targets: ["LavaSchema"]),
    .library(name: "LavaFlow", targets: ["LavaFlow"]),
    .library(name: "LavaNodes", targets: ["LavaNodes"]),
    .library(name: "Inspection", targets: ["Inspection"]),
    .library(name: "Fissure", targets: ["Fissure"]),
  ],
  traits: [
    .trait(
      name: "StepHook",
      description: "For trials: calls a function before each access to shared memory.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
  ],
  targets: [
    .target(
      name: "CSharedMemory",
      cSettings: [.define("STEP_HOOK", .when(traits: ["StepHook"]))]),
    .target(name: "SharedMemory", dependencies: ["CSharedMemory"], swiftSettings: lifetimes),
    .target(
      name: "Tbl", swiftSettings: lifetimes,
      // For square roots, where no other target brings it along.
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "TblArrow", dependencies: ["Tbl"], swiftSettings: common),
    .target(name: "SimDB", dependencies: ["SharedMemory", "Tbl"], swiftSettings: common),
    .target(name: "SharedStructures", dependencies: ["SimDB"], swiftSettings: lifetimes),
    .target(name: "Registry", swiftSettings: common),
    .target(name: "LavaSchema", dependencies: ["SharedStructures", "Tbl"], swiftSettings: common),
    .target(
      name: "LavaFlow",
      dependencies: ["LavaSchema", .product(name: "Logging", package: "swift-log")],
      swiftSettings: common),
    .target(name: "LavaNodes", dependencies: ["LavaFlow"], swiftSettings: common),
    .target(
      name: "Inspection", dependencies: ["LavaSchema", "SharedStructures"], swiftSettings: common),
    .target(name: "CFissure"),
    .target(
      name: "Fissure",
      dependencies: [
        "CFissure", "Inspection",
        .product(name: "FlyingSocks", package: "FlyingFox"),
        .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["Resources"], swiftSettings: common),
    .target(name: "Lava", dependencies: ["LavaNodes", "Fissure"], swiftSettings: common),
    .executableTarget(
      name: "LavaCLI",
      dependencies: [
        "LavaNodes", "Fissure", "Tbl", "TblArrow",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: common),
    .testTarget(
      name: "TblTests", dependencies: ["Tbl", "TestSupport"],
      exclude: ["damaged-documents.txt", "decode-tbl.mjs", "decode-tbl.py"],
      swiftSettings: common),
    .testTarget(
      name: "TblArrowTests", dependencies: ["Tbl", "TblArrow", "TestSupport"],
      exclude: ["arrow_peer.py"],
      swiftSettings: common),
    .target(
      name: "TestSupport", dependencies: ["CSharedMemory", "SharedStructures", "Tbl"],
      path: "Tests/TestSupport", swiftSettings: common),
    .testTarget(
      name: "SharedMemoryTests", dependencies: ["SharedMemory", "TestSupport"],
      swiftSettings: common),
    .testTarget(name: "LavaTests", dependencies: ["Lava", "TestSupport"], swiftSettings: common),
    .testTarget(
      name: "SimDBTests", dependencies: ["SimDB", "TestSupport"], swiftSettings: common),
    .testTarget(
      name: "SharedStructuresTests", dependencies: ["SharedStructures", "TestSupport"],
      swiftSettings: common),
    .executableTarget(
      name: "TestSubject", dependencies: ["SharedStructures", "TestSupport"],
      path: "Tests/TestSubject",
      swiftSettings: common),
    .executableTarget(
      name: "FuzzSubject", dependencies: ["SharedStructures", "Tbl", "TblArrow", "TestSupport"],
      path: "Tests/FuzzSubject",
      swiftSettings: common),
    .executableTarget(
      name: "StepTrials", dependencies: ["CSharedMemory", "SharedStructures", "TestSupport"],
      path: "Tests/StepTrials", swiftSettings: common),
    .testTarget(
      name: "MultiProcessTests",
      dependencies: ["SharedStructures", "TestSupport", "TestSubject", "FuzzSubject"],
      swiftSettings: common),
    .testTarget(
      name: "LavaCLITests",
      dependencies: [
        "LavaCLI", "LavaFlow", "LavaNodes", "LavaSchema", "SharedStructures", "SimDB", "Tbl",
        "TblArrow", "TestSupport", "TestSubject", "StepTrials",
      ],
      swiftSettings: common),
    .testTarget(
      name: "InspectionTests", dependencies: ["Inspection", "TestSupport"], swiftSettings: common),
    .testTarget(
      name: "FissureTests",
      dependencies: [
        "Fissure", "TestSupport", .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      swiftSettings: common),
    .testTarget(name: "HouseRulesTests", swiftSettings: common),
    .testTarget(
      name: "BrowserTests", dependencies: ["LavaCLI", "TestSupport"], exclude: ["page_test.py"],
      swiftSettings: common),
    .testTarget(
      name: "RegistryTests", dependencies: ["Registry", "TestSupport"], swiftSettings: common),
    .testTarget(
      name: "LavaSchemaTests", dependencies: ["LavaSchema", "TestSupport"], swiftSettings: common),
    .testTarget(
      name: "LavaFlowTests", dependencies: ["LavaFlow", "TestSupport"], swiftSettings: common),
    .testTarget(
      name: "LavaNodesTests", dependencies: ["LavaNodes", "TestSupport"], swiftSettings: common),
  ]
)

// A build with a sanitizer for a few tests: LAVA_TESTS names their targets, and what these do not need
// leaves the package.
if let chosen = Context.environment["LAVA_TESTS"] {
  var kept: Set<String> = []
  var reached = chosen.split(separator: " ").map(String.init)
  while let name = reached.popLast() {
    guard kept.insert(name).inserted else { continue }
    guard let target = package.targets.first(where: { $0.name == name }) else {
      fatalError("no target '\(name)', which LAVA_TESTS names or a target needs")
    }
    for case .byNameItem(let needed, _) in target.dependencies { reached.append(needed) }
  }
  package.targets.removeAll { !kept.contains($0.name) }
  package.products = []
}
