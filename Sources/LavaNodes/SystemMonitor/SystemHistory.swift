import LavaFlow
import Tbl

/// Keeps the rates of the last minutes, ordered by cycle, and shows them as plots and a table: a
/// message node that takes what ``SystemRatesNode`` emits.
///
/// Its state holds the plots `cpu` (percent of each core), `memory` (bytes), `disk` and `network`
/// (bytes a second), each with at most 1,200 points a series, and the table `processes` with the
/// busiest of the last second. Where there are more samples than points, each two points are the
/// least and the greatest value of some successive cycles. What was absent or unknown meanwhile,
/// and each place where samples are missing, is a point that is not a number.
///
/// Memory is bounded: at most 36,000 samples, 1,024 series, and 32 MiB are kept, whatever the
/// window.
///
/// **Concurrency.** One call at a time.
public struct SystemHistory: MessageNode {
  static let window = Parameter(
    "window", unit: "s", default: 300.0, in: 1...3600, help: "How long rates are kept.")

  /// `lava.system-history`.
  public static let descriptor = NodeDescriptor(
    id: "lava.system-history",
    summary: "Keeps the rates of the last minutes and shows them as plots.",
    inputs: [.input("in", .tbl, help: "Rates of lava.system-rates.")],
    parameters: [window])

  private var history: RatesHistory

  /// Makes an empty history.
  public init(parameters: Parameters) {
    history = RatesHistory(seconds: parameters[Self.window])
  }

  /// Takes rates in.
  ///
  /// - Throws: When a packet holds no rates, or its time contradicts its cycle.
  public mutating func process(_ inbox: inout Inbox, context: inout FlowContext) throws {
    try inbox.take { packet in
      try history.insert(packet.withTbl { try SystemRates($0) })
    }
  }

  /// Plots and tables of what is kept.
  public func state() -> Tbl? { try? history.tbl() }
}
