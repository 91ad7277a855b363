import SharedMemory

/// Entries that could not be read.
struct UnreadableEntries {
  private var first: StoreError?
  private var count = 0

  mutating func add(_ error: StoreError) {
    first = first ?? error
    count += 1
  }

  /// Throws the first error, with how many more there were.
  func throwFirst() throws(StoreError) {
    guard let first else { return }
    throw StoreError(
      first.code, place: first.place,
      reason: count == 1 ? first.reason : "\(first.reason) (and so for \(count - 1) more entries)",
      remedy: first.remedy)
  }
}
