import Tbl

/// Workloads B with a tbl, read in place.
struct FlatDocument: DocumentFormat {
  private let bytes: [UInt8]

  init(_ content: DocumentContent) throws { bytes = try Self.built(content).bytes }

  var byteCount: Int { bytes.count }

  func build(_ content: DocumentContent) throws { _ = try Self.built(content) }

  private static func built(_ content: DocumentContent) throws(TblError) -> Tbl {
    var builder = Tbl.Builder()
    switch content {
    case .sample(let sample):
      builder.set("name", sample.name)
      builder.set("time", sample.time)
      builder.set("sequence", sample.sequence)
      builder.set("enabled", sample.enabled)
      builder.set("battery", sample.battery)
      builder.set("status", sample.status)
      builder.set("joints", vector: sample.joints)
      builder.set("velocities", vector: sample.velocities)
      builder.set("imu") { imu in
        imu.set("acceleration", vector: sample.imu.acceleration)
        imu.set("rotation", vector: sample.imu.rotation)
        imu.set("temperature", sample.imu.temperature)
      }
      builder.set("tags", vector: sample.tags)
    case .mesh(let mesh):
      builder.set("name", mesh.name)
      builder.set("positions", vector: mesh.positions)
      builder.set("normals", vector: mesh.normals)
      builder.set("indices", vector: mesh.indices)
    case .table(let table):
      builder.set("id", vector: table.id)
      builder.set("time", vector: table.time)
      builder.set("value", vector: table.value)
      builder.set("sensor", vector: table.sensor)
      builder.set("label", vector: table.label)
    case .tree(let root, _): set(root, in: &builder)
    case .keys(let keys, let numbers):
      for index in keys.indices { builder.set(keys[index], numbers[index]) }
    }
    return try (consume builder).finish()
  }

  private static func set(_ node: DocumentContent.Node, in builder: inout Tbl.Builder) {
    builder.set("name", node.name)
    builder.set("value", node.value)
    if let left = node.left { builder.set("left") { set(left, in: &$0) } }
    if let right = node.right { builder.set("right") { set(right, in: &$0) } }
  }

  func lookup(of content: DocumentContent) -> (UInt64) throws -> Double {
    let bytes = bytes
    switch content {
    case .sample:
      return { word in
        let view = try Tbl.View(bytes.span)
        return switch word % 4 {
        case 0: try checked(view.double("battery"))
        case 1: try Double(checked(view.int("time")))
        case 2: try Double(checked(view.uint("sequence")))
        default: try checked(view.table("imu")?.double("temperature"))
        }
      }
    case .mesh(let mesh):
      let count = UInt64(mesh.positions.count)
      return { word in
        let view = try Tbl.View(bytes.span)
        return try checked(element(word % count, of: view.span("positions", of: Float.self)))
      }
    case .table(let table):
      let count = UInt64(table.value.count)
      return { word in
        let view = try Tbl.View(bytes.span)
        return try checked(element(word % count, of: view.span("value", of: Float.self)))
      }
    case .tree(_, let levels):
      return { word in
        try checked(value(of: Tbl.View(bytes.span), levels: levels, word))
      }
    case .keys(let keys, _):
      return { word in
        let view = try Tbl.View(bytes.span)
        return try checked(view.double(keys[Int(word % UInt64(keys.count))]))
      }
    }
  }

  func summing(_ content: DocumentContent) -> () throws -> Double {
    let bytes = bytes
    return switch content {
    case .sample: { try checked(sum(of: Tbl.View(bytes.span).span("joints", of: Double.self))) }
    case .mesh: { try checked(sum(of: Tbl.View(bytes.span).span("positions", of: Float.self))) }
    case .table: { try checked(sum(of: Tbl.View(bytes.span).span("time", of: Double.self))) }
    case .tree: { try sum(below: Tbl.View(bytes.span)) }
    case .keys: { try sum(of: Tbl.View(bytes.span)) }
    }
  }
}

extension FlatDocument {
  /// What adds up least, greatest, mean and standard deviation of a vector of the kept bytes.
  func describing(_ content: DocumentContent) throws -> () throws -> Double {
    let bytes = bytes
    let key: String
    switch content {
    case .mesh: key = "positions"
    case .table: key = "time"
    default: throw BenchmarkFailure("no vector to describe")
    }
    return {
      guard let statistics = try Tbl.View(bytes.span).field(key)?.statistics() else {
        throw BenchmarkFailure("'\(key)' has no statistics")
      }
      return statistics.minimum + statistics.maximum + statistics.mean
        + statistics.standardDeviation
    }
  }
}

private func element(_ index: UInt64, of span: Span<Float>?) -> Double? {
  guard let span else { return nil }
  return Double(span[Int(index)])
}

private func value(of view: Tbl.View, levels: Int, _ word: UInt64) throws -> Double? {
  guard levels > 1 else { return try view.double("value") }
  guard let next = try view.table(word & 1 == 1 ? "right" : "left") else { return nil }
  return try value(of: next, levels: levels - 1, word >> 1)
}

private func sum<Number: BinaryFloatingPoint & SIMDScalar>(of span: Span<Number>?) -> Double? {
  guard let span else { return nil }
  return span.sum
}

private func sum(below view: Tbl.View) throws -> Double {
  let value = try checked(view.double("value"))
  guard let left = try view.table("left"), let right = try view.table("right") else {
    return value
  }
  return try value + sum(below: left) + sum(below: right)
}

/// The sum of all numbers of a table.
private func sum(of view: Tbl.View) throws -> Double {
  var sums = SIMD8<Double>()
  let whole = view.count / 8 * 8
  for index in 0..<whole { sums[index % 8] += try view.double(at: index) ?? 0 }
  var sum = 0.0
  for index in whole..<view.count { sum += try view.double(at: index) ?? 0 }
  for lane in 0..<8 { sum += sums[lane] }
  return sum
}

private func checked<Number>(_ number: Number?) throws(BenchmarkFailure) -> Number {
  guard let number else { throw BenchmarkFailure("a field is not there") }
  return number
}
