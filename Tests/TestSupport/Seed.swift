import Foundation

/// A generator of pseudo-random numbers that a printed seed repeats.
///
/// - SeeAlso: Steele, Lea, Flood (2014), doi:10.1145/2660193.2660195.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64
  /// What repeats the run.
  public let seed: UInt64

  /// Starts from `seed`, or from a new one that is printed.
  public init(seed: UInt64? = nil, test: String = #function) {
    let chosen = seed ?? UInt64.random(in: 0...UInt64.max)
    self.seed = chosen
    state = chosen
    if seed == nil { print("seed of \(test): \(chosen)") }
  }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A fresh generator, whose seed is printed; `LAVA_SEED=N` in the environment repeats a run with it.
public func seeded(_ test: String) -> SeededGenerator {
  let given = ProcessInfo.processInfo.environment["LAVA_SEED"].flatMap { UInt64($0) }
  let generator = SeededGenerator(seed: given ?? .random(in: 0...UInt64.max))
  print("\(test): LAVA_SEED=\(generator.seed)")
  return generator
}
