/// What `/proc/<pid>/stat` says of a process.
struct ProcessStatus: Hashable, Sendable {
  /// Number of the process.
  var pid: UInt32
  /// When it started, in clock ticks since the machine did; tells it from others of the same
  /// number.
  var startTime: UInt64
  /// Processor time used so far by all its threads, in clock ticks.
  var ticks: UInt64
  /// Pages of memory that it holds.
  var pages: UInt64

  /// Where the name stands in the text.
  ///
  /// Programs choose their names: blanks, parentheses and line ends may stand in it. Nothing behind
  /// it holds a parenthesis, so it ends at the last one.
  static func nameRange(in text: Span<UInt8>) -> Range<Int>? {
    var start = 0
    while start < text.count, text[start] != UInt8(ascii: "(") { start += 1 }
    var end = text.count - 1
    while end > start, text[end] != UInt8(ascii: ")") { end -= 1 }
    return end > start ? start + 1..<end : nil
  }

  /// Reads the text of `/proc/<pid>/stat`; `nil` when it is not whole.
  static func parse(_ text: Span<UInt8>) -> (status: ProcessStatus, name: Range<Int>)? {
    var cursor = TextCursor()
    guard let pid = cursor.number(in: text).flatMap(UInt32.init(exactly:)),
      let name = nameRange(in: text)
    else { return nil }
    // Behind the name stands field 3 of proc_pid_stat(5).
    cursor = TextCursor(at: name.upperBound + 1)
    cursor.skipFields(11, in: text)
    guard let user = cursor.number(in: text), let system = cursor.number(in: text) else {
      return nil
    }
    cursor.skipFields(6, in: text)
    guard let startTime = cursor.number(in: text) else { return nil }
    cursor.skipFields(1, in: text)
    guard let pages = cursor.number(in: text) else { return nil }
    let ticks = user.addingReportingOverflow(system)
    let status = ProcessStatus(
      pid: pid, startTime: startTime, ticks: ticks.overflow ? .max : ticks.partialValue,
      pages: pages)
    return (status, name)
  }
}
