import LavaFlow
import SharedMemory
import Tbl

/// Adds up counted words and, when all came, lists them: a message node that takes what
/// ``SplitWords`` emits.
///
/// It emits lines `COUNT WORD`, the most frequent word first, equally frequent ones in the order of
/// their scalars. Its state holds the numbers of words and the table `words` with the 20 most
/// frequent so far.
///
/// **Concurrency.** One call at a time.
public struct CountWords: MessageNode {
  static let words = Parameter(
    "words", default: 0, in: 0...Int(UInt32.max),
    help: "How many of the most frequent words are listed; 0 lists all.")

  /// `lava.count-words`.
  public static let descriptor = NodeDescriptor(
    id: "lava.count-words",
    summary: "Adds up the words of all texts and lists the most frequent at the end.",
    inputs: [.input("in", .tbl, help: "Words and counts of lava.split-words.")],
    outputs: [.output("out", .utf8, help: "Lines of count and word, most frequent first.")],
    parameters: [words])

  /// A packet of lines is closed when it has this size.
  private static let packetBytes = 64 << 10

  private let limit: Int
  private var counts = WordTable()
  private var total: UInt64 = 0

  /// Makes an empty count.
  public init(parameters: Parameters) {
    self.init(limit: parameters[Self.words])
  }

  init(limit: Int) { self.limit = limit }

  /// Takes counted words in.
  ///
  /// - Throws: When a packet holds none.
  public mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
    try inbox.take { packet in try packet.withTbl { try add($0) } }
  }

  mutating func add(_ words: borrowing Tbl.View) throws { total &+= try counts.add(words) }

  /// Emits the list.
  public mutating func finish(context: inout FlowContext) throws {
    var lines: [UInt8] = []
    lines.reserveCapacity(Self.packetBytes + 256)
    for line in list() {
      lines.append(contentsOf: line.utf8)
      if lines.count >= Self.packetBytes {
        try context.emit(text: lines)
        lines.removeAll(keepingCapacity: true)
      }
    }
    if !lines.isEmpty { try context.emit(text: lines) }
  }

  /// The lines, each with its end.
  func list() -> some Sequence<String> {
    counts.ranking(limit: limit == 0 ? .max : limit).lazy.map { index in
      "\(counts.occurrences(at: index)) \(counts.word(at: index))\n"
    }
  }

  /// How many words came, and the most frequent.
  public func state() -> Tbl? {
    let frequent = counts.ranking(limit: 20)
    var table = Tbl.Builder()
    table.set("title", "Most frequent words")
    table.set("columns", vector: ["word", "count"])
    table.set("units", vector: ["", ""])
    table.set("word", vector: frequent.map(counts.word(at:)))
    table.set("count", vector: frequent.map(counts.occurrences(at:)))
    var tables = Tbl.Builder()
    tables.set("words", table)
    var builder = Tbl.Builder()
    builder.set("schema", UInt64(1))
    builder.set("words", total)
    builder.set("differentWords", counts.count)
    builder.set("tables", tables)
    return try? builder.finish()
  }
}
