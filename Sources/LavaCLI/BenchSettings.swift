import SimDB

/// What is measured, and by how many.
struct BenchSettings {
  var keys: Int
  var valueBytes: Int
  var processes: Int
  var threads: Int

  static let keyBytes = 16
  private static let largeValueBytes = 1 << 20

  /// As many threads as can be measured at once: each writes in a lane of its own, of which a
  /// database has four for each participant, and one fills the database before.
  static let maximumWorkers = 4 * Geometry().participantCount - 1

  /// Threads of all processes together, each with keys of its own.
  var workers: Int { processes * threads }

  /// The same with values of 1 MiB, and few keys; `nil` where values are as large anyway.
  var withLargeValues: BenchSettings? {
    guard valueBytes < Self.largeValueBytes else { return nil }
    var large = self
    large.valueBytes = Self.largeValueBytes
    large.keys = 64
    return large
  }

  /// Blocks that hold the values without waste, a quarter more than are filled.
  var geometry: Geometry {
    let blockSize = min((valueBytes + 63) / 64 * 64, 65_536)
    let blocksPerValue = (valueBytes + blockSize - 1) / blockSize
    return Geometry(blockSize: blockSize, blockCount: keys * blocksPerValue * 5 / 4 + 1_024)
  }
}

/// What is done to a database again and again.
enum BenchOperation: String, Codable {
  case get
  case getInPlace
  case getAbsent
  case putOver
  case deleteInsert
  /// Chooses a key and does nothing with it: what measuring itself costs.
  case nothing

  /// In the order in which they are measured.
  static let all: [BenchOperation] = [
    .nothing, .get, .getInPlace, .getAbsent, .putOver, .deleteInsert,
  ]
  /// Those whose cost may depend on the size of values.
  static let ofLargeValues: [BenchOperation] = [.get, .getInPlace, .putOver]

  /// As people read it.
  var title: String {
    switch self {
    case .get: "get"
    case .getInPlace: "get in place"
    case .getAbsent: "get of an absent key"
    case .putOver: "put over"
    case .deleteInsert: "delete + insert"
    case .nothing: "nothing"
    }
  }

  /// Whether the value's bytes are copied.
  var copies: Bool { self == .get || self == .putOver || self == .deleteInsert }
}
