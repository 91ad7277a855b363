/// Steps at regular distances.
struct StepSample {
  /// From one step of the sample to the next.
  let stride: Int
  private let first: Int
  private let seed: UInt64

  /// All steps, or every `stride`th, of which `seed` chooses the first.
  init(stride: Int, seed: UInt64) {
    self.stride = stride
    self.seed = seed
    first = 1 + Int(seed % UInt64(stride))
  }

  /// The second handovers to try.
  func ofSeconds(_ density: SampleDensity) -> StepSample {
    density == .usual || stride == 1 ? self : StepSample(stride: stride * 8, seed: seed)
  }

  /// The first handovers to try.
  func ofFirsts(_ density: SampleDensity) -> StepSample {
    StepSample(stride: density == .lowest && stride > 1 ? 8 : 1, seed: seed)
  }

  /// The steps, without end.
  var steps: some Sequence<Int> { Swift.stride(from: first, to: .max, by: stride) }
}
