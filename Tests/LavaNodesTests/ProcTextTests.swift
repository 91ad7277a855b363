import Testing

@testable import LavaNodes

/// Texts as kernels wrote them.
@Suite struct ProcTextTests {
  @Test func `cores are read from the stat of kernel 6`() {
    let text = """
      cpu  131671 1018 18567 690059 3915 0 662 293 12 3
      cpu0 57247 487 8419 355849 635 0 326 144 12 3
      cpu1 74424 530 10148 334210 3280 0 336 148 0 0
      intr 10374437 0 9 0 0 0 0 3 0 1 0
      ctxt 20406853
      btime 1763701200
      softirq 3911044 2 1202841 11 96511
      """
    let cores = CoreTicks.parse(text.utf8Span.span)
    #expect(cores.cores == [0, 1])
    #expect(Array(cores.ticks(ofCoreAt: 0)) == [57247, 487, 8419, 355849, 635, 0, 326, 144])
    #expect(Array(cores.ticks(ofCoreAt: 1)) == [74424, 530, 10148, 334210, 3280, 0, 336, 148])
  }

  @Test func `states that an old kernel does not count are 0, and offline cores are left out`() {
    let text = "cpu 9 9 9 9\ncpu0 4 0 3 2\ncpu3 5 9 6 7 1 2 3\nintr 5"
    let cores = CoreTicks.parse(text.utf8Span.span)
    #expect(cores.cores == [0, 3])
    #expect(cores.ticks == [4, 0, 3, 2, 0, 0, 0, 0, 5, 9, 6, 7, 1, 2, 3, 0])
  }

  @Test func `memory is read in bytes`() {
    let text = """
      MemTotal:       24684096 kB
      MemFree:        22863324 kB
      MemAvailable:   24043352 kB
      Buffers:            6188 kB
      Cached:          1302692 kB
      SwapCached:            0 kB
      SwapTotal:       2097148 kB
      SwapFree:        2097084 kB
      HugePages_Total:       0
      """
    let memory = MemoryCounters.parse(text.utf8Span.span)
    #expect(memory.total == 24_684_096 << 10)
    #expect(memory.available == 24_043_352 << 10)
    #expect(memory.used == 640_744 << 10)
    #expect(memory.swapTotal == 2_097_148 << 10)
    #expect(memory.swapUsed == 64 << 10)
  }

  @Test func `free memory and caches stand for what an old kernel does not estimate`() {
    let text = "MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\nSwapTotal: 0 kB\n"
    let memory = MemoryCounters.parse(text.utf8Span.span)
    #expect(memory.available == 35 << 10)
    #expect(memory.swapUsed == 0)
  }

  @Test func `only whole disks count`() {
    let text = """
         7       0 loop0 11 0 22 0 0 0 33 0 0 0 0 0 0 0 0 0 0
       254       0 vda 215896 32568 21470994 332876 55649 37228 3676264 16110 0 51044 362007 8787
       254       1 vda1 215 32 214 332 55 37 367 16 0 51 362 0 0 0 0
       253       0 zram0 1 0 8 0 1 0 8 0 0 0 0 0 0 0 0 0 0
         8      16 sdb 1 2 300 4 5 6 700 8 0 9 10
         8      17 sdb1 1 2 300 4 5 6 700 8 0 9 10
        65     160 sdba 1 2 31 4 5 6 71 8 0 9 10
       259       0 nvme0n1 1 2 3000 4 5 6 7000 8 0 9 10 11 12 13 14 15 16
       259       1 nvme0n1p1 1 2 3 4 5 6 7 8 0 9 10 11 12 13 14 15 16
       259       2 nvme0n1p12 1 2 3 4 5 6 7 8 0 9 10 11 12 13 14 15 16
       202       1 xvda1 1 2 40 4 5 6 80 8 0 9 10
       252       0 dm-0 1 2 3 4 5 6 7 8 0 9 10
         9     127 md127 1 2 3 4 5 6 7 8 0 9 10
         8      32 sdc
      """
    let disks = DiskCounters.parse(text.utf8Span.span)
    #expect(disks.names == ["vda", "sdb", "sdba", "nvme0n1", "xvda1"])
    #expect(disks.readSectors == [21_470_994, 300, 31, 3000, 40])
    #expect(disks.writtenSectors == [3_676_264, 700, 71, 7000, 80])
  }

  @Test func `interfaces are read, also where no blank follows the colon`() {
    let text = """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
          lo: 20140655   11091    0    0    0     0          0         0 20140655   11091    0    0
        ifb0:       0       0    0    0    0     0          0         0        0       0    0    0
      eth0:218881078    6132    0    0    0     0          0         0   304768    3769    0    0
      eth0:1: 7 1 0 0 0 0 0 0 8 1 0 0
      """
    let network = NetworkCounters.parse(text.utf8Span.span)
    #expect(network.names == ["lo", "eth0", "eth0:1"])
    #expect(network.receivedBytes == [20_140_655, 218_881_078, 7])
    #expect(network.sentBytes == [20_140_655, 304_768, 8])
  }

  @Test(arguments: ["cat", "Web Content", "a) S 1 (b", "(sd-pam)", "line\nend", "", "tab\t)"])
  func `a process is read whatever its name`(_ name: String) {
    let text = """
      29846 (\(name)) R 29831 29831 22988 0 -1 4194304 101 0 0 0 17 4 9 9 20 0 1 0 461710 3133440 \
      382 18446744073709551615 94521563443200 94521563463081 140737075319728 0 0 0 0 0 0 0 0 0 17
      """
    let found = ProcessStatus.parse(text.utf8Span.span)
    let expected = ProcessStatus(pid: 29846, startTime: 461_710, ticks: 21, pages: 382)
    #expect(found?.status == expected)
    let foundName = found.map { text.utf8Span.span.text(at: $0.name) }
    #expect(foundName == name)
  }

  @Test func `a process that was read half is none`() {
    let text =
      "29846 (cat) R 29831 29831 22988 0 -1 4194304 101 0 0 0 17 4 9 9 20 0 1 0 461710 31 38"
    for count in 0..<text.utf8.count - 2 {
      let part = Array(text.utf8.prefix(count))
      let found = ProcessStatus.parse(part.span)?.status
      #expect(found == nil, "\(count) bytes")
    }
  }

  @Test func `nothing is assumed of the texts`() {
    let texts = [
      "", "\n", "cpu", "cpu0", "cpu0 x", "MemTotal:", "a:", ":", "1 2 x", "(", ")(", "7 ()",
    ]
    for text in texts {
      let span = text.utf8Span.span
      _ = CoreTicks.parse(span)
      _ = MemoryCounters.parse(span)
      let (disks, network) = (DiskCounters.parse(span), NetworkCounters.parse(span))
      #expect(disks == DiskCounters())
      #expect(network == NetworkCounters())
      let process = ProcessStatus.parse(span)?.status
      #expect(process == nil)
    }
    let huge = "MemTotal: 99999999999999999999999 kB\nMemAvailable: 18446744073709551615 kB"
    let memory = MemoryCounters.parse(huge.utf8Span.span)
    #expect(memory.used == 0)
  }
}
