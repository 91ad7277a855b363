// The tbl of rates:
//
//     schema, cycle, previousCycle, time, wallTime, seconds
//     cores:     { core: [n], busy: [n] }                                          percent
//     memory:    { total, available, used, swapTotal, swapUsed }                   bytes
//     disks:     { name: [n], read: [n], written: [n] }                            bytes a second
//     network:   { name: [n], received: [n], sent: [n] }                           bytes a second
//     processes: { pid: [n], name: [n], cpu: [n] percent of one core, memory: [n] bytes }
//
// What is unknown is not a number.

import Tbl

extension SystemRates {
  /// Number of the version of the tbl.
  static let schema: UInt64 = 1

  /// The rates as a tbl.
  ///
  /// - Throws: `TblError` when they exceed what a tbl holds.
  func tbl() throws(TblError) -> Tbl {
    var builder = Tbl.Builder()
    builder.set("schema", Self.schema)
    builder.set("cycle", cycle)
    builder.set("previousCycle", previousCycle)
    builder.set("time", time)
    builder.set("wallTime", wallTime)
    builder.set("seconds", seconds)

    var coreTable = Tbl.Builder()
    coreTable.set("core", vector: cores)
    coreTable.set("busy", vector: busy)
    builder.set("cores", coreTable)

    var memoryTable = Tbl.Builder()
    memoryTable.set("total", memory.total)
    memoryTable.set("available", memory.available)
    memoryTable.set("used", memory.used)
    memoryTable.set("swapTotal", memory.swapTotal)
    memoryTable.set("swapUsed", memory.swapUsed)
    builder.set("memory", memoryTable)

    builder.set("disks", disks.builder(incoming: "read", outgoing: "written"))
    builder.set("network", network.builder(incoming: "received", outgoing: "sent"))

    var processTable = Tbl.Builder()
    processTable.set("pid", vector: processes.pids)
    processTable.set("name", vector: processes.names)
    processTable.set("cpu", vector: processes.shares)
    processTable.set("memory", vector: processes.memoryBytes)
    builder.set("processes", processTable)
    return try builder.finish()
  }

  /// Reads rates.
  ///
  /// - Throws: ``MalformedPacket`` when a member is missing or of another type; `TblError`.
  init(_ view: borrowing Tbl.View) throws {
    let schema = try view.requiredUInt("schema")
    guard schema == Self.schema else {
      throw MalformedPacket(key: "schema", reason: "is \(schema), expected \(Self.schema)")
    }
    self.init(
      cycle: try view.requiredUInt("cycle"), previousCycle: try view.requiredUInt("previousCycle"),
      time: try view.requiredUInt("time"), wallTime: try view.requiredUInt("wallTime"),
      seconds: try view.requiredDouble("seconds"),
      memory: try view.requiredTable("memory") { table in
        MemoryCounters(
          total: try table.requiredUInt("total"), available: try table.requiredUInt("available"),
          swapTotal: try table.requiredUInt("swapTotal"),
          swapUsed: try table.requiredUInt("swapUsed"))
      })
    (cores, busy) = try view.requiredTable("cores") { table in
      let cores = try table.requiredUInt32s("core", count: nil)
      return (cores, try table.requiredFloats("busy", count: cores.count))
    }
    disks = try view.requiredTable("disks") { table in
      try Traffic(table, incoming: "read", outgoing: "written")
    }
    network = try view.requiredTable("network") { table in
      try Traffic(table, incoming: "received", outgoing: "sent")
    }
    processes = try view.requiredTable("processes") { table in
      let pids = try table.requiredUInt32s("pid", count: nil)
      return Processes(
        pids: pids, names: try table.requiredStrings("name", count: pids.count),
        shares: try table.requiredFloats("cpu", count: pids.count),
        memoryBytes: try table.requiredUInts("memory", count: pids.count))
    }
  }
}

extension SystemRates.Traffic {
  fileprivate func builder(incoming: String, outgoing: String) -> Tbl.Builder {
    var builder = Tbl.Builder()
    builder.set("name", vector: names)
    builder.set(incoming, vector: self.incoming)
    builder.set(outgoing, vector: self.outgoing)
    return builder
  }

  fileprivate init(_ view: borrowing Tbl.View, incoming: String, outgoing: String) throws {
    names = try view.requiredStrings("name", count: nil)
    self.incoming = try view.requiredFloats(incoming, count: names.count)
    self.outgoing = try view.requiredFloats(outgoing, count: names.count)
  }
}
