// The tbl of a sample:
//
//     schema, ticksPerSecond
//     now, before: { cycle, time, wallTime
//       cores:     { core: [n], states: [8 names], ticks: [n x 8] }
//       memory:    { total, available, swapTotal, swapUsed }                       bytes
//       disks:     { name: [n], readSectors: [n], writtenSectors: [n] }            512 bytes each
//       network:   { name: [n], receivedBytes: [n], sentBytes: [n] }
//       processes: { pid: [n], startTime: [n], name: [n], ticks: [n], memoryBytes: [n] } }
//
// Counters only grow; `before` is absent in the sampler's first sample.

import Tbl

extension SystemSample {
  /// The sample as a tbl.
  ///
  /// - Throws: `TblError` when it exceeds what a tbl holds.
  func tbl() throws(TblError) -> Tbl {
    var builder = Tbl.Builder()
    builder.set("schema", Self.schema)
    builder.set("ticksPerSecond", ticksPerSecond)
    builder.set("now", now.builder())
    if let before { builder.set("before", before.builder()) }
    return try builder.finish()
  }

  /// Reads a sample.
  ///
  /// - Throws: ``MalformedPacket`` when a member is missing or of another type; `TblError`.
  init(_ view: borrowing Tbl.View) throws {
    let schema = try view.requiredUInt("schema")
    guard schema == Self.schema else {
      throw MalformedPacket(key: "schema", reason: "is \(schema), expected \(Self.schema)")
    }
    ticksPerSecond = try max(1, view.requiredUInt("ticksPerSecond"))
    now = try view.requiredTable("now") { try SystemCounters($0) }
    before =
      try view.field("before") == nil
      ? nil : view.requiredTable("before") { try SystemCounters($0) }
  }
}

extension SystemCounters {
  fileprivate func builder() -> Tbl.Builder {
    var builder = Tbl.Builder()
    builder.set("cycle", cycle)
    builder.set("time", time)
    builder.set("wallTime", wallTime)

    var coreTable = Tbl.Builder()
    coreTable.set("core", vector: cores.cores)
    coreTable.set("states", vector: CoreTicks.states)
    coreTable.set(
      "ticks", vector: cores.ticks, shape: [cores.cores.count, CoreTicks.states.count])
    builder.set("cores", coreTable)

    var memoryTable = Tbl.Builder()
    memoryTable.set("total", memory.total)
    memoryTable.set("available", memory.available)
    memoryTable.set("swapTotal", memory.swapTotal)
    memoryTable.set("swapUsed", memory.swapUsed)
    builder.set("memory", memoryTable)

    var diskTable = Tbl.Builder()
    diskTable.set("name", vector: disks.names)
    diskTable.set("readSectors", vector: disks.readSectors)
    diskTable.set("writtenSectors", vector: disks.writtenSectors)
    builder.set("disks", diskTable)

    var networkTable = Tbl.Builder()
    networkTable.set("name", vector: network.names)
    networkTable.set("receivedBytes", vector: network.receivedBytes)
    networkTable.set("sentBytes", vector: network.sentBytes)
    builder.set("network", networkTable)

    var processTable = Tbl.Builder()
    processTable.set("pid", vector: processes.pids)
    processTable.set("startTime", vector: processes.startTimes)
    processTable.set("name", vector: processes.names)
    processTable.set("ticks", vector: processes.ticks)
    processTable.set("memoryBytes", vector: processes.memoryBytes)
    builder.set("processes", processTable)
    return builder
  }

  fileprivate init(_ view: borrowing Tbl.View) throws {
    self.init(
      cycle: try view.requiredUInt("cycle"), time: try view.requiredUInt("time"),
      wallTime: try view.requiredUInt("wallTime"))
    cores = try view.requiredTable("cores") { table in
      var cores = CoreTicks()
      cores.cores = try table.requiredUInt32s("core", count: nil)
      cores.ticks = try table.requiredUInts(
        "ticks", count: cores.cores.count * CoreTicks.states.count)
      return cores
    }
    memory = try view.requiredTable("memory") { table in
      MemoryCounters(
        total: try table.requiredUInt("total"), available: try table.requiredUInt("available"),
        swapTotal: try table.requiredUInt("swapTotal"),
        swapUsed: try table.requiredUInt("swapUsed"))
    }
    disks = try view.requiredTable("disks") { table in
      let names = try table.requiredStrings("name", count: nil)
      return DiskCounters(
        names: names, readSectors: try table.requiredUInts("readSectors", count: names.count),
        writtenSectors: try table.requiredUInts("writtenSectors", count: names.count))
    }
    network = try view.requiredTable("network") { table in
      let names = try table.requiredStrings("name", count: nil)
      return NetworkCounters(
        names: names, receivedBytes: try table.requiredUInts("receivedBytes", count: names.count),
        sentBytes: try table.requiredUInts("sentBytes", count: names.count))
    }
    processes = try view.requiredTable("processes") { table in
      let pids = try table.requiredUInt32s("pid", count: nil)
      return ProcessCounters(
        pids: pids, startTimes: try table.requiredUInts("startTime", count: pids.count),
        names: try table.requiredStrings("name", count: pids.count),
        ticks: try table.requiredUInts("ticks", count: pids.count),
        memoryBytes: try table.requiredUInts("memoryBytes", count: pids.count))
    }
  }
}
