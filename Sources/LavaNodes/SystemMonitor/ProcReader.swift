/// Reads the machine's counters from `/proc`, with files and buffers that are kept from sample to
/// sample.
///
/// **Concurrency.** One thread at a time.
final class ProcReader {
  /// Files that are read again at each tick without being opened again.
  private let stat: SystemFile
  private let meminfo: SystemFile
  private let diskstats: SystemFile
  private let network: SystemFile
  private let directory: SystemFile
  private let root: String
  private let pageBytes = SystemFacts.pageBytes
  /// The unit of processor times.
  let ticksPerSecond = SystemFacts.ticksPerSecond

  private var buffer = [UInt8](repeating: 0, count: 16 << 10)
  /// One line; a name has at most 64 bytes and there are about 50 numbers.
  private var line = [UInt8](repeating: 0, count: 2 << 10)
  private var pids: [UInt32] = []
  private var scan = ProcessScan()
  private var earlierScan = ProcessScan()

  /// Opens the files below `root`.
  ///
  /// - Throws: ``EnvironmentError`` when they are not there, as on systems other than Linux.
  init(root: String = "/proc") throws(EnvironmentError) {
    self.root = root
    stat = try Self.open(root + "/stat")
    meminfo = try Self.open(root + "/meminfo")
    diskstats = try Self.open(root + "/diskstats")
    network = try Self.open(root + "/net/dev")
    directory = try Self.open(root)
  }

  private static func open(_ path: String) throws(EnvironmentError) -> SystemFile {
    do {
      return try SystemFile(path: path)
    } catch {
      let failure = error.error(reading: path)
      throw EnvironmentError(
        failure.code == .notFound ? .unsupported : failure.code, place: path,
        reason: failure.reason,
        remedy: "this node reads Linux's /proc; run it on Linux, where /proc is mounted")
    }
  }

  /// Reads everything.
  ///
  /// - Parameters:
  ///   - counters: Filled in, apart from cycle and times.
  ///   - before: The counters of the sample before; their processes become those that this sample
  ///     names.
  ///   - processCount: How many processes a sample names.
  /// - Throws: ``EnvironmentError`` when the system refuses to be read.
  /// - Complexity: O(processes + cores + disks + interfaces); three system calls for each process.
  func read(
    into counters: inout SystemCounters, before: inout SystemCounters?, processCount: Int
  ) throws(EnvironmentError) {
    var length = try fill(stat, root + "/stat")
    counters.cores = CoreTicks.parse(buffer.span.extracting(0..<length))
    length = try fill(meminfo, root + "/meminfo")
    counters.memory = MemoryCounters.parse(buffer.span.extracting(0..<length))
    length = try fill(diskstats, root + "/diskstats")
    counters.disks = DiskCounters.parse(buffer.span.extracting(0..<length))
    length = try fill(network, root + "/net/dev")
    counters.network = NetworkCounters.parse(buffer.span.extracting(0..<length))
    guard processCount > 0 else { return }
    swap(&scan, &earlierScan)
    try scanProcesses()
    let busiest = scan.busiest(processCount, since: earlierScan)
    counters.processes = scan.counters(at: busiest, pageBytes: pageBytes)
    before?.processes = earlierScan.counters(of: counters.processes, pageBytes: pageBytes)
  }

  private func scanProcesses() throws(EnvironmentError) {
    scan.removeAll()
    pids.removeAll(keepingCapacity: true)
    do {
      try SystemFile.appendNumericNames(of: root, to: &pids)
    } catch {
      throw error.error(reading: root)
    }
    // The kernel lists them in ascending order, which is nowhere promised.
    pids.sort()
    for pid in pids {
      // A process that ended since it was listed, or that another user hides, is left out.
      guard let file = try? SystemFile(path: "\(pid)/stat", in: directory),
        let count = try? file.read(into: &line)
      else { continue }
      scan.append(line.span.extracting(0..<count))
    }
  }

  /// Reads all of a file into the buffer, which grows as needed.
  private func fill(
    _ file: borrowing SystemFile, _ path: String
  ) throws(EnvironmentError) -> Int {
    do {
      while true {
        let count = try file.readStart(into: &buffer)
        if count < buffer.count { return count }
        buffer += [UInt8](repeating: 0, count: buffer.count)
      }
    } catch {
      throw error.error(reading: path)
    }
  }
}
