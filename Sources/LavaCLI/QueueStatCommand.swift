import ArgumentParser
import SharedStructures
import SimDB

/// `lava queue stat DATABASE QUEUE`.
struct QueueStatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat", abstract: "Say how a queue is made and what is in it.")

  @OptionGroup var target: QueueArguments
  @Flag(
    help: """
      Print JSON: name, kind, count, capacity, overflow, delivery, acknowledgedWithinNanoseconds, \
      pushed, dropped, rejected, lost, redelivered, held, claimLimit, bytes, payloadCapacity, \
      segments, segmentLimit, segmentCapacity, layout, as far as the kind has them.
      """)
  var json = false

  private struct Layout: Encodable {
    let fields: String
    let size: Int
    let stride: Int
    let alignment: Int

    init(_ layout: SharedLayout) {
      fields = layout.fields
      size = layout.size
      stride = layout.stride
      alignment = layout.alignment
    }
  }

  private struct Outcome: Encodable {
    let name: String
    let kind: String
    let count: Int
    let capacity: Int?
    let overflow: String?
    let delivery: String
    let acknowledgedWithinNanoseconds: UInt64?
    let pushed: UInt64?
    let dropped: UInt64?
    let rejected: UInt64?
    let lost: UInt64
    let redelivered: UInt64?
    let held: Int?
    let claimLimit: Int?
    let bytes: Int?
    let payloadCapacity: Int?
    let segments: Int?
    let segmentLimit: Int?
    let segmentCapacity: Int?
    let layout: Layout?
  }

  func run() throws {
    let queue = try target.openReadOnly()
    let facts = try queue.facts()
    if json { return try JSONOutput.print(outcome(queue, facts)) }
    func line(_ label: String, _ value: (some CustomStringConvertible)?) throws {
      guard let value else { return }
      let padding = String(repeating: " ", count: 12 - label.count)
      try Output.print(label + padding + value.description)
    }
    try line("name", EscapedKey.text(Array(queue.name.utf8)))
    try line("kind", queue.kind)
    try line("count", facts.count)
    let limit = facts.claimLimit.map { ", \($0) at most" } ?? ""
    try line("held", facts.held.map { "\($0) by consumers that have not finished them\(limit)" })
    try line("bytes", facts.bytes)
    try line("capacity", facts.capacity)
    if let limit = facts.segmentLimit, let size = facts.segmentCapacity {
      try line("segments", "\(facts.segments ?? 0) of at most \(limit), \(size) bytes each")
    }
    try line("payload", facts.payloadCapacity.map { "\($0) bytes in a cell, larger in the store" })
    try line("overflow", facts.overflow?.name)
    try line("delivery", deliveryText(facts.delivery))
    try line("pushed", facts.pushed)
    try line("dropped", facts.dropped)
    try line("rejected", facts.rejected)
    try line("lost", facts.lost)
    try line("redelivered", facts.redelivered)
    try line("elements", queue.layout)
  }

  private func deliveryText(_ delivery: Delivery) -> String {
    switch delivery {
    case .atMostOnce: "at most once"
    case .acknowledged(nil): "acknowledged"
    case .acknowledged(let nanoseconds?): "acknowledged, within \(nanoseconds.nanosecondsText)"
    }
  }

  private func outcome(_ queue: AnyQueue, _ facts: AnyQueue.Facts) -> Outcome {
    var patience: UInt64?
    if case .acknowledged(let nanoseconds) = facts.delivery { patience = nanoseconds }
    return Outcome(
      name: EscapedKey.text(Array(queue.name.utf8)), kind: "\(queue.kind)", count: facts.count,
      capacity: facts.capacity, overflow: facts.overflow?.name,
      delivery: facts.delivery == .atMostOnce ? "atMostOnce" : "acknowledged",
      acknowledgedWithinNanoseconds: patience, pushed: facts.pushed, dropped: facts.dropped,
      rejected: facts.rejected, lost: facts.lost, redelivered: facts.redelivered,
      held: facts.held, claimLimit: facts.claimLimit, bytes: facts.bytes,
      payloadCapacity: facts.payloadCapacity,
      segments: facts.segments, segmentLimit: facts.segmentLimit,
      segmentCapacity: facts.segmentCapacity, layout: queue.layout.map(Layout.init))
  }
}
