/// Processor time of each core since the machine started, in clock ticks.
struct CoreTicks: Hashable, Sendable {
  /// What a core's time is divided into, in the order of `/proc/stat`. Time in guests counts as
  /// `user` there already.
  static let states = [
    "user", "nice", "system", "idle", "ioWait", "interrupt", "softInterrupt", "steal",
  ]
  /// Index of the state in which a core has nothing to do.
  static let idle = 3
  /// Index of the state in which a core has nothing to do until a disk answers.
  static let ioWait = 4

  /// Numbers of the cores that are online, ascending.
  var cores: [UInt32] = []
  /// Ticks in each of ``states``, core by core.
  var ticks: [UInt64] = []

  /// The ticks of the core at `index`.
  func ticks(ofCoreAt index: Int) -> ArraySlice<UInt64> {
    ticks[index * Self.states.count..<(index + 1) * Self.states.count]
  }

  /// Adds a core.
  mutating func append(core: UInt32, ticks: some Collection<UInt64>) {
    precondition(ticks.count == Self.states.count, "a number for each state")
    cores.append(core)
    self.ticks += ticks
  }

  /// Reads the text of `/proc/stat`: a line for the sum, then one for each core, then others.
  ///
  /// States that an older kernel does not count are 0.
  static func parse(_ text: Span<UInt8>) -> CoreTicks {
    var result = CoreTicks()
    var cursor = TextCursor()
    while !cursor.isAtEnd(of: text) {
      let name = cursor.field(in: text)
      guard name.count >= 3, text.matches("cpu", at: name.prefix(3)) else { break }
      var digits = TextCursor(at: name.lowerBound + 3)
      if name.count > 3, let core = digits.number(in: text).flatMap(UInt32.init(exactly:)) {
        result.append(core: core, ticks: states.map { _ in cursor.number(in: text) ?? 0 })
      }
      cursor.skipLine(in: text)
    }
    return result
  }
}
