/// Steps at regular distances.
struct StepSample {
  /// From one step of the sample to the next.
  let stride: Int
  private let first: Int

  /// All steps, or every `stride`th, of which `seed` chooses the first.
  init(stride: Int, seed: UInt64) {
    self.stride = stride
    first = 1 + Int(seed % UInt64(stride))
  }

  /// The steps, without end.
  var steps: some Sequence<Int> { Swift.stride(from: first, to: .max, by: stride) }
}
