import CBenchmark
import Glibc
import SimDB

/// Messages from one or two producers to one or two consumers, as a shape such as `2 to 1` says.
struct OneWay {
  let producers: Int
  let consumers: Int
  let isBatch: Bool
  /// Messages of each producer, from 0 on.
  let messages: UInt64

  /// - Parameter most: Messages of each producer, where the options do not ask for fewer.
  init(_ options: Options, most: UInt64, isBatch: Bool = false) {
    let numbers = options.shape.prefix { $0 != "," }.split(separator: " ").compactMap { Int($0) }
    producers = numbers.first ?? 1
    consumers = numbers.last ?? 1
    self.isBatch = isBatch || options.shape.hasSuffix("batch")
    let messages = max(min(most, options.operations), 64)
    self.messages = messages - messages % 64
  }

  var workers: Int { producers + consumers }
  var total: UInt64 { messages * UInt64(producers) }
  /// The sum of all numbers.
  var checksum: UInt64 { UInt64(producers) * (messages * (messages - 1) / 2) }

  /// What one of them does; the sum of the numbers that it took.
  func play<Kind: Link & ~Copyable>(
    _ link: inout Kind, worker: Int
  ) throws(StoreError) -> UInt64 {
    if worker >= producers { return try consume(&link, worker) }
    try produce(&link)
    return 0
  }

  private func produce<Kind: Link & ~Copyable>(_ link: inout Kind) throws(StoreError) {
    if isBatch {
      var number: UInt64 = 0
      while number < messages {
        try link.sendBatch(from: number)
        number += UInt64(Kind.batchSize)
      }
    } else {
      for number in 0..<messages { try link.send(number) }
    }
  }

  /// Takes until all have been taken, by whomever; looks at what others took when there is nothing.
  private func consume<Kind: Link & ~Copyable>(
    _ link: inout Kind, _ worker: Int
  ) throws(StoreError) -> UInt64 {
    var taken: UInt64 = 0
    var sum: UInt64 = 0
    while taken < total {
      if isBatch {
        let count = try link.receiveBatch(adding: &sum)
        taken += UInt64(count)
        if count > 0 { continue }
      } else if let number = try link.receive() {
        sum &+= number
        taken += 1
        continue
      }
      if consumers > 1 {
        Participants.Slot.taken.leave(taken, worker: worker)
        let all = (producers..<workers).reduce(0) { sum, consumer in
          sum + Participants.Slot.taken.value(worker: consumer)
        }
        if all >= total { break }
      }
      // Where they must share processors, whoever finds nothing makes room for the others.
      if workers > 2 { sched_yield() } else { bench_relax() }
    }
    Participants.Slot.taken.leave(taken, worker: worker)
    return sum
  }
}
