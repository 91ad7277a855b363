import SimDB

/// Why a benchmark ended without a result.
struct BenchmarkFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension Options {
  /// Does something with a store; what goes wrong with it is told with the workload.
  func attempt<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(BenchmarkFailure) -> Result {
    do throws(StoreError) {
      return try body()
    } catch {
      throw BenchmarkFailure("\(workload): \(error)")
    }
  }
}
