/// What the documents of workloads B hold, the same in every system.
enum DocumentContent {
  case sample(Sample)
  case mesh(Mesh)
  case table(Table)
  case tree(Node, levels: Int)
  case keys([String], [Int64])

  static let shapes = [
    "sample of sensors", "mesh of 100,000 vertices", "table of 1,000,000 rows",
    "tree of 10 levels", "10,000 keys",
  ]

  /// Those that are mostly one vector of numbers.
  static let shapesOfVectors = ["mesh of 100,000 vertices", "table of 1,000,000 rows"]

  struct Sample: Codable {
    var name = "arm-3"
    var time: Int64 = 1_764_000_000_000_000_000
    var sequence: UInt64 = 1_234_567
    var enabled = true
    var battery: Double
    var status = "moving"
    var joints: [Double]
    var velocities: [Float]
    var imu: Motion
    var tags = ["left", "calibrated", "slow"]
  }

  struct Motion: Codable {
    var acceleration: [Float]
    var rotation: [Float]
    var temperature: Float
  }

  struct Mesh: Codable {
    var name = "mesh"
    var positions: [Float]
    var normals: [Float]
    var indices: [UInt32]
  }

  struct Table: Codable {
    var id: [Int64]
    var time: [Double]
    var value: [Float]
    var sensor: [UInt16]
    var label: [String]
  }

  final class Node: Codable, Sendable {
    let name: String
    let value: Double
    let left: Node?
    let right: Node?

    init(levels: Int, random: inout SplitMix64) {
      name = "node \(levels)"
      value = random.fraction()
      left = levels > 1 ? Node(levels: levels - 1, random: &random) : nil
      right = levels > 1 ? Node(levels: levels - 1, random: &random) : nil
    }
  }

  /// - Parameter limit: Elements at most.
  init(shape: String, limit: UInt64) throws(BenchmarkFailure) {
    var random = SplitMix64(seed: 1)
    func count(_ usual: UInt64) -> Int { Int(min(usual, limit)) }
    switch shape {
    case Self.shapes[0]:
      let battery = random.fraction()
      let temperature = Float(random.fraction())
      let joints: [Double] = random.fractions(7)
      let velocities: [Float] = random.fractions(7)
      let acceleration: [Float] = random.fractions(3)
      self = .sample(
        Sample(
          battery: battery, joints: joints, velocities: velocities,
          imu: Motion(
            acceleration: acceleration, rotation: random.fractions(3), temperature: temperature)))
    case Self.shapes[1]:
      let vertices = count(100_000)
      let positions: [Float] = random.fractions(3 * vertices)
      let normals: [Float] = random.fractions(3 * vertices)
      let indices = (0..<6 * vertices).map { _ in UInt32(random.below(UInt64(vertices))) }
      self = .mesh(Mesh(positions: positions, normals: normals, indices: indices))
    case Self.shapes[2]:
      let rows = count(1_000_000)
      let times: [Double] = random.fractions(rows)
      let values: [Float] = random.fractions(rows)
      let sensors = (0..<rows).map { _ in UInt16(random.below(1_000)) }
      let labels = (0..<rows).map { _ in "label \(random.below(1_000))" }
      self = .table(
        Table(
          id: (0..<rows).map(Int64.init), time: times, value: values, sensor: sensors,
          label: labels))
    case Self.shapes[3]:
      let levels = limit < 1_000 ? 5 : 10
      self = .tree(Node(levels: levels, random: &random), levels: levels)
    case Self.shapes[4]:
      let keys = (0..<count(10_000)).map { "sensor/\($0)/value" }
      self = .keys(keys, keys.map { _ in Int64(random.below(1_000_000)) })
    default: throw BenchmarkFailure("no document '\(shape)'")
    }
  }

  /// How many numbers the sum has.
  var summed: Int {
    switch self {
    case .sample(let sample): sample.joints.count
    case .mesh(let mesh): mesh.positions.count
    case .table(let table): table.time.count
    case .tree(_, let levels): 1 << levels - 1
    case .keys(_, let numbers): numbers.count
    }
  }

  /// The fields of a sample that are looked up in turn.
  static let fields = ["battery", "time", "sequence", "temperature"]
}

extension SplitMix64 {
  /// From 0 to below 1, in steps that a `Float` holds.
  fileprivate mutating func fraction() -> Double { Double(next() >> 40) / Double(1 << 24) }

  fileprivate mutating func fractions<Number: BinaryFloatingPoint>(_ count: Int) -> [Number] {
    (0..<count).map { _ in Number(fraction()) }
  }
}
