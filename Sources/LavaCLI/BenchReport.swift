import Foundation

/// One operation, measured over all threads of all processes.
struct BenchResult {
  let operation: BenchOperation
  let valueBytes: Int
  let operations: Int
  let wrong: Int
  let operationsPerSecond: Double

  init(_ operation: BenchOperation, _ settings: BenchSettings, _ outcomes: [BenchLoad.Outcome]) {
    self.operation = operation
    valueBytes = settings.valueBytes
    operations = outcomes.reduce(0) { $0 + $1.operations }
    wrong = outcomes.reduce(0) { $0 + $1.wrong }
    operationsPerSecond = outcomes.reduce(0) {
      $0 + Double($1.operations) * 1e9 / Double(max($1.nanoseconds, 1))
    }
  }

  /// Time over the operations of all.
  var nanosecondsPerOperation: Double { operationsPerSecond > 0 ? 1e9 / operationsPerSecond : 0 }

  /// Bytes of values that were copied; `nil` for an operation that copies none.
  var bytesPerSecond: Double? {
    operation.copies ? operationsPerSecond * Double(valueBytes) : nil
  }
}

/// What was measured, for people and for programs.
struct BenchReport: Encodable {
  let machine = BenchMachine()
  let keys: Int
  let keyBytes = BenchSettings.keyBytes
  let valueBytes: Int
  let processes: Int
  let threads: Int
  let seconds: Double
  let interrupted: Bool
  /// What choosing a key and looking at the clock take of each figure.
  let loopNanoseconds: Double?
  let results: [Row]

  struct Row: Encodable {
    let operation: BenchOperation
    let valueBytes: Int
    let operations: Int
    let nanosecondsPerOperation: Double
    let operationsPerSecond: Double
    let bytesPerSecond: Double?
  }

  init(
    _ results: [BenchResult], _ settings: BenchSettings, seconds: Double, isInterrupted: Bool
  ) {
    keys = settings.keys
    valueBytes = settings.valueBytes
    processes = settings.processes
    threads = settings.threads
    self.seconds = seconds
    interrupted = isInterrupted
    loopNanoseconds = results.first { $0.operation == .nothing }?.nanosecondsPerOperation
    self.results = results.filter { $0.operation != .nothing }.map {
      Row(
        operation: $0.operation, valueBytes: $0.valueBytes, operations: $0.operations,
        nanosecondsPerOperation: $0.nanosecondsPerOperation,
        operationsPerSecond: $0.operationsPerSecond, bytesPerSecond: $0.bytesPerSecond)
    }
  }

  /// Prints it as people read it.
  func print() throws {
    try Output.print("machine   \(machine.text)")
    try Output.print(
      "program   lava \(machine.lava), Swift \(machine.swift), \(machine.build) build")
    try Output.print(
      "database  \(Self.grouped(keys)) keys of \(keyBytes) bytes, values of \(Self.size(valueBytes))"
    )
    try Output.print(
      "at once   \(Self.count(processes, "process", "processes")) of "
        + "\(Self.count(threads, "thread", "threads")), each operation for \(seconds) s\n")
    guard !results.isEmpty else { return try Output.print("nothing was measured") }
    var table = TextTable(columns: ["OPERATION", "VALUE", "NS/OP", "OPS/S", "GB/S"])
    for row in results {
      table.add([
        row.operation.title, Self.size(row.valueBytes), Self.figure(row.nanosecondsPerOperation),
        Self.grouped(Int(row.operationsPerSecond)),
        row.bytesPerSecond.map { Self.figure($0 / 1e9) } ?? "",
      ])
    }
    try table.print()
    if let loopNanoseconds {
      try Output.print(
        "\n\(Self.figure(loopNanoseconds)) ns of each are the loop, which chooses the key.")
    }
  }

  /// Three digits are enough to compare by.
  private static func figure(_ value: Double) -> String {
    value >= 100 ? grouped(Int(value.rounded())) : "\((value * 10).rounded() / 10)"
  }

  /// `100,000`.
  private static func grouped(_ number: Int) -> String {
    let digits = Array("\(number)")
    return digits.indices.map { index in
      let rest = digits.count - index
      return (index > 0 && rest % 3 == 0 ? "," : "") + String(digits[index])
    }.joined()
  }

  private static func count(_ number: Int, _ one: String, _ many: String) -> String {
    "\(number) \(number == 1 ? one : many)"
  }

  private static func size(_ bytes: Int) -> String {
    switch bytes {
    case _ where bytes >= 1 << 20 && bytes % (1 << 20) == 0: "\(bytes >> 20) MiB"
    case _ where bytes >= 1 << 10 && bytes % (1 << 10) == 0: "\(bytes >> 10) KiB"
    default: "\(grouped(bytes)) B"
    }
  }
}

/// An operation gave something else than what was put: a fault of the store or of the machine.
struct BenchWrongResult: ReportedError {
  let text: String
  var status: ExitStatus { .failure }

  /// The first of `results` that is wrong.
  init?(_ results: [BenchResult]) {
    guard let result = results.first(where: { $0.wrong > 0 }) else { return nil }
    text =
      "\(result.wrong) times '\(result.operation.title)' did not find what was put; "
      + "this is a fault of the store or of the machine: report it"
  }
}
