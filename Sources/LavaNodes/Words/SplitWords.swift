import LavaFlow
import Tbl

/// Splits text into words: a flow node that gives the different words of each packet and how often
/// each stands in it.
///
/// A word is a maximal run of letters and numbers (general categories L and N), lower-cased.
/// Everything else separates words, also combining marks and what is not UTF-8.
///
/// **Concurrency.** Pure; any number of calls at once.
public struct SplitWords: FlowNode {
  /// `lava.split-words`.
  public static let descriptor = NodeDescriptor(
    id: "lava.split-words",
    summary: "Splits text into words in lower case and counts each.",
    inputs: [.input("in", .utf8, help: "Text that begins and ends between words.")],
    outputs: [.output("out", .tbl, help: "The different words and their counts.")])

  /// Makes a node; it has no parameters.
  public init(parameters: Parameters) {}

  /// Emits the words of a text.
  public func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
    let text = packet.bytes()
    var words = WordTable(count: text.count / 16)
    words.countWords(of: text.span)
    if words.count > 0 { try context.emit(words.tbl()) }
  }
}
