import CSharedMemory

extension SharedRegion {
  /// Asks for the line at `offset` before it is written; outside the region nothing happens.
  ///
  /// A line that is read first and written afterwards is fetched twice when another core has it.
  @inlinable @inline(__always)
  public func prefetchForWriting(_ offset: Int) {
    if offset >= 0 && offset < count { unsafe shm_prefetch_for_writing(base + offset) }
  }
}
