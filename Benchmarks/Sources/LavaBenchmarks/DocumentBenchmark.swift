import CBenchmark
import Tbl

/// Workloads B: a document is built, a field of it looked up, a vector summed, its bytes counted, the
/// numbers of a vector described.
///
/// Every operation but the building begins with the bytes of a document, as they come from a file
/// or another process.
struct DocumentBenchmark: Benchmark {
  private static let titles = [
    "B1": ("B1 build", "us"), "B2": ("B2 look up one field", "ns"), "B3": ("B3 sum", "ns/number"),
    "B4": ("B4 size", "B"), "B5": ("B5 statistics", "ns/number"),
  ]

  static let cases = titles.keys.sorted().flatMap { workload in
    (workload == "B5" ? DocumentContent.shapesOfVectors : DocumentContent.shapes)
      .map { Case(workload, $0) }
  }

  let options: Options

  func measure() throws(BenchmarkFailure) {
    bench_pin(0)
    let content = try DocumentContent(shape: options.shape, limit: options.operations)
    do {
      let document = try FlatDocument(content)
      guard options.workload != "B5" else { return try measureStatistics(document, content) }
      try measure("lava", document, content)
      try measure("foundation-json", JSONText(content), content)
    } catch {
      throw BenchmarkFailure("\(options.workload): \(error)")
    }
    if options.workload == "B3" { measureArray(content) }
  }

  private func measure(
    _ system: String, _ format: some DocumentFormat, _ content: DocumentContent
  ) throws {
    var results: [Double] = []
    var checksum = 0.0
    for _ in 0..<options.runs {
      checksum = 0
      switch options.workload {
      case "B1":
        results.append(try nanosecondsEach { _ in try format.build(content) } / 1e3)
      case "B2":
        let lookup = format.lookup(of: content)
        for number in stride(from: 0, to: min(1_000, options.operations), by: 100) {
          checksum += try lookup(Self.word(number))
        }
        results.append(try nanosecondsEach { number in try consume(lookup(Self.word(number))) })
      case "B3":
        let sum = format.summing(content)
        results.append(try nanosecondsEach { _ in try consume(sum()) } / Double(content.summed))
        checksum = try sum()
      default: results.append(Double(format.byteCount))
      }
    }
    report(system, results, checksum: checksum)
  }

  /// How long the sum of a vector takes where it is no document at all.
  private func measureArray(_ content: DocumentContent) {
    let sum: () -> Double
    switch content {
    case .mesh(let mesh): sum = { mesh.positions.span.sum }
    case .table(let table): sum = { table.time.span.sum }
    default: return
    }
    let results = (0..<options.runs).map { _ in
      nanosecondsEach { _ in consume(sum()) } / Double(content.summed)
    }
    report("reference-array", results, checksum: sum())
  }

  /// How long count, least, greatest, mean and variance take, beside the two loops that they need at
  /// least.
  private func measureStatistics(
    _ document: FlatDocument, _ content: DocumentContent
  ) throws {
    let described = try document.describing(content)
    let plain: () -> Double
    switch content {
    case .mesh(let mesh): plain = { mesh.positions.span.summary }
    case .table(let table): plain = { table.time.span.summary }
    default: throw options.unknown()
    }
    func each(_ body: () throws -> Double) throws -> [Double] {
      try (0..<options.runs).map { _ in
        try nanosecondsEach { _ in try consume(body()) } / Double(content.summed)
      }
    }
    // Rounded, since the order of additions is another.
    report("lava", try each(described), checksum: (try described() * 1e6).rounded())
    report("reference-array", try each(plain), checksum: (plain() * 1e6).rounded())
  }

  private func report(_ system: String, _ results: [Double], checksum: Double) {
    let (title, unit) = Self.titles[options.workload] ?? ("", "")
    Measurement(
      system: system, workload: title, shape: options.shape, values: results, unit: unit,
      checksum: checksum.bitPattern
    ).report()
  }

  private static func word(_ number: UInt64) -> UInt64 {
    var random = SplitMix64(seed: number)
    return random.next()
  }

  /// Nanoseconds of one call, over as many calls as take a tenth of a second.
  private func nanosecondsEach<Failure: Error>(
    _ body: (UInt64) throws(Failure) -> Void
  ) throws(Failure) -> Double {
    try body(0)
    var count: UInt64 = 1
    while true {
      let began = bench_now()
      for number in 0..<count { try body(number) }
      let elapsed = bench_now() - began
      if elapsed > 100_000_000 || count >= options.operations {
        return Double(elapsed) / Double(count)
      }
      count *= 4
    }
  }

  /// Uses a result, so that nobody leaves its computation out.
  @inline(never)
  private func consume(_ number: Double) { precondition(number >= 0, "numbers are positive") }

  func play(_ part: Options.Part) throws(BenchmarkFailure) { throw options.unknown() }
}

/// A way to write documents down.
protocol DocumentFormat {
  /// Builds the bytes of a document, and lets them go.
  func build(_ content: DocumentContent) throws

  /// What looks up the field of the kept bytes that a random word chooses.
  func lookup(of content: DocumentContent) -> (UInt64) throws -> Double

  /// What sums up a vector of the kept bytes, or all numbers of a tree or of many keys.
  func summing(_ content: DocumentContent) -> () throws -> Double

  /// How many bytes there are.
  var byteCount: Int { get }
}

extension Span where Element: BinaryFloatingPoint & SIMDScalar {
  /// Eight sums side by side, so that additions do not wait for each other.
  @inline(__always)
  var sum: Double {
    var sums = SIMD8<Double>()
    var rest = extracting(first: count)
    while rest.count >= 8 {
      // Cut out, so that what is inside is looked at once for all eight.
      let part = rest.extracting(first: 8)
      var numbers = SIMD8<Element>()
      for lane in 0..<8 { numbers[lane] = part[lane] }
      sums += SIMD8<Double>(numbers)
      rest = rest.extracting(droppingFirst: 8)
    }
    var sum = 0.0
    for index in rest.indices { sum += Double(rest[index]) }
    for lane in 0..<8 { sum += sums[lane] }
    return sum
  }

  /// Least, greatest, mean and standard deviation, added up: a loop for all but the last.
  @inline(__always)
  var summary: Double {
    var least = Element.infinity
    var greatest = -Element.infinity
    for index in indices {
      least = Swift.min(least, self[index])
      greatest = Swift.max(greatest, self[index])
    }
    let mean = sum / Double(count)
    var squares = SIMD8<Double>()
    var rest = extracting(first: count)
    while rest.count >= 8 {
      let part = rest.extracting(first: 8)
      var numbers = SIMD8<Element>()
      for lane in 0..<8 { numbers[lane] = part[lane] }
      let distances = SIMD8<Double>(numbers) - mean
      squares += distances * distances
      rest = rest.extracting(droppingFirst: 8)
    }
    var total = 0.0
    for index in rest.indices {
      let distance = Double(rest[index]) - mean
      total += distance * distance
    }
    for lane in 0..<8 { total += squares[lane] }
    return Double(least) + Double(greatest) + mean + (total / Double(count)).squareRoot()
  }
}
