/// What the machine's memory is used for, in bytes.
struct MemoryCounters: Hashable, Sendable {
  /// Memory that the kernel manages.
  var total: UInt64 = 0
  /// What new programs could have without swapping.
  var available: UInt64 = 0
  /// Size of the swap space.
  var swapTotal: UInt64 = 0
  /// Swap space in use.
  var swapUsed: UInt64 = 0

  /// Memory that is not available.
  var used: UInt64 { total - min(total, available) }

  /// Reads the text of `/proc/meminfo`: a name, a number and a unit in each line.
  ///
  /// Kernels before 3.14 do not estimate what is available; free memory and caches stand for it.
  static func parse(_ text: Span<UInt8>) -> MemoryCounters {
    var result = MemoryCounters()
    var cursor = TextCursor()
    var available: UInt64?
    var fallback: UInt64 = 0
    var swapFree: UInt64 = 0
    while !cursor.isAtEnd(of: text) {
      let name = cursor.field(in: text)
      let bytes = (cursor.number(in: text) ?? 0).multipliedReportingOverflow(by: 1024)
      let value = bytes.overflow ? .max : bytes.partialValue
      if text.matches("MemTotal:", at: name) {
        result.total = value
      } else if text.matches("MemAvailable:", at: name) {
        available = value
      } else if text.matches("MemFree:", at: name) || text.matches("Buffers:", at: name)
        || text.matches("Cached:", at: name)
      {
        fallback = fallback.addingReportingOverflow(value).partialValue
      } else if text.matches("SwapTotal:", at: name) {
        result.swapTotal = value
      } else if text.matches("SwapFree:", at: name) {
        swapFree = value
      }
      cursor.skipLine(in: text)
    }
    result.available = min(available ?? fallback, result.total)
    result.swapUsed = result.swapTotal - min(result.swapTotal, swapFree)
    return result
  }
}
