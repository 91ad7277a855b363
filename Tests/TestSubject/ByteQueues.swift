import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// Users of a queue of elements of any size that leave notes of what they did in the same store.
extension TestSubject {
  /// Pushes numbered elements of many lengths, and notes each that was pushed.
  static func pushBytes(_ name: String, producer: UInt64) throws {
    let store = try Database.open(name)
    let queue = try store.byteQueue(ByteQueueNotes.queue)
    print("ready")
    try ByteQueueNotes.produce(producer, in: store) {
      try queue.push($0)
    } fill: {
      try queue.push(count: $0, filling: $1)
    }
  }

  /// Takes elements in all ways, and notes each before it is finished.
  static func popBytes(_ name: String) throws {
    let store = try Database.open(name)
    let queue = try store.byteQueue(ByteQueueNotes.queue)
    let isAcknowledged = queue.geometry.delivery != .atMostOnce
    print("ready")
    for round in 0... {
      if isAcknowledged, round % 3 == 0 {
        guard let claim = try queue.claim(timeoutNanoseconds: 1_000_000) else { continue }
        try claim.withBytes { bytes, _ in try ByteQueueNotes.note(bytes.array, in: store) }
        if round % 5 == 0 { claim.giveBack() } else { _ = try claim.acknowledge() }
      } else if round % 3 == 1 {
        guard let batch = try queue.take(maxCount: 5, timeoutNanoseconds: 1_000_000) else {
          continue
        }
        try batch.forEachElement { bytes, _ in try ByteQueueNotes.note(bytes.array, in: store) }
      } else {
        try queue.pop { bytes, _ in try ByteQueueNotes.note(bytes.array, in: store) }
      }
    }
  }
}
