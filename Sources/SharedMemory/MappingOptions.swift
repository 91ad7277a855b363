import CSharedMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a process takes a segment's memory, beyond mapping it.
///
/// Each costs time when the process attaches, and again for what is committed later. They are this
/// process's own: a child that it forks has the same mapping, but neither its locks nor its page
/// table.
///
/// **Concurrency.** A value.
public struct MappingOptions: OptionSet, Hashable, Sendable {
  /// One bit per option.
  public let rawValue: UInt32

  /// Makes a set from its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// All pages are in the page table from the beginning, so that no first access costs a fault.
  /// Needs Linux 5.14.
  public static let prefault = MappingOptions(rawValue: 1 << 0)
  /// All pages stay in memory and are never swapped out, as far as `RLIMIT_MEMLOCK` allows.
  public static let lock = MappingOptions(rawValue: 1 << 1)
  /// The mapping begins at a multiple of 2 MiB and its pages are gathered into ones of that size,
  /// as many as the system can: a put took 7 % less time on a quiet machine. The gathering serves
  /// all processes, the alignment this one alone. It takes up to 2 ms per MiB, once. Needs Linux
  /// 6.1.
  public static let hugePages = MappingOptions(rawValue: 1 << 2)
}

extension Segment {
  /// Maps the file as `options` want it, which `prepareMemory` completes.
  static func map(
    _ descriptor: Int32, count: Int, writable: Bool, options: MappingOptions, place: String
  ) throws(StoreError) -> SharedRegion {
    var error: Int32 = 0
    let base =
      options.contains(.hugePages)
      ? unsafe shm_map_aligned(
        descriptor, UInt64(count), writable, UInt64(shm_huge_page_size), &error)
      : unsafe shm_map(descriptor, UInt64(count), writable, &error)
    guard let base = unsafe base else {
      throw systemError(error, call: "mmap", place: place, remedy: "free address space")
    }
    return unsafe SharedRegion(base: base, count: count)
  }

  /// Does what the mapping options want for a range of memory that is committed.
  ///
  /// To be called for all that was committed when the process attached, and for what is committed
  /// later: memory that is not would be committed by it.
  ///
  /// - Parameter range: Bytes of the mapping; ends inside a page count as the whole page.
  /// - Throws: `noRoom` when the user may not lock so much, `system` when the kernel cannot do it;
  ///   the memory is usable all the same.
  public func prepareMemory(_ range: Range<Int>) throws(StoreError) {
    guard !mappingOptions.isEmpty, !range.isEmpty else { return }
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = range.lowerBound / pageSize * pageSize
    let bytes = region.region(at: first, count: min(range.upperBound, region.count) - first)
    let count = UInt64(bytes.count)
    if mappingOptions.contains(.hugePages) {
      try check(
        unsafe shm_gather_huge_pages(bytes.base, count), call: "madvise",
        remedy: "open it without huge pages, or use Linux 6.1 or later with transparent huge pages")
    }
    if mappingOptions.contains(.prefault) {
      try check(
        unsafe shm_prefault(bytes.base, count, isWritable), call: "madvise",
        remedy: "open it without prefaulting, or use Linux 5.14 or later")
    }
    if mappingOptions.contains(.lock) {
      try check(
        unsafe shm_lock_range(bytes.base, count), call: "mlock",
        remedy:
          "\((count + 1_023) / 1_024) KiB are to be locked and \(Self.lockLimit) may be; raise "
          + "it ('ulimit -l', or LimitMEMLOCK= of a service), or open it without locking")
    }
  }

  private static var lockLimit: String {
    let limit = shm_lock_limit()
    return limit == .max ? "any number" : "\(limit / 1_024) KiB"
  }

  private func check(_ result: Int32, call: String, remedy: String) throws(StoreError) {
    guard result != 0 else { return }
    throw systemError(-result, call: call, place: "database '\(name)'", remedy: remedy)
  }
}
