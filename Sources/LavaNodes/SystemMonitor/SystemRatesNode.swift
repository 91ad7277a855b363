import LavaFlow
import Tbl

/// Derives rates from samples: a flow node that takes what ``SystemSampler`` emits.
///
/// Since each sample brings its predecessor, the node remembers nothing. A sample without one gives
/// no packet.
///
/// **Concurrency.** Pure; any number of calls at once.
public struct SystemRatesNode: FlowNode {
  /// `lava.system-rates`.
  public static let descriptor = NodeDescriptor(
    id: "lava.system-rates",
    summary: "Derives loads and rates from a sample of the machine and the sample before.",
    inputs: [.input("in", .tbl, help: "Samples of lava.system-sampler.")],
    outputs: [.output("out", .tbl, help: "Loads in percent, rates in bytes a second.")])

  /// Makes a node; it has no parameters.
  public init(parameters: Parameters) {}

  /// Emits the rates between a sample and its predecessor.
  ///
  /// - Throws: When the packet is no sample.
  public func process(_ packet: borrowing Packet, context: inout FlowContext) throws {
    let sample = try packet.withTbl { try SystemSample($0) }
    guard let rates = SystemRates(sample) else { return }
    try context.emit(rates.tbl())
  }
}
