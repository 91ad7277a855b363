import SharedMemory
import SharedStructures
import SimDB
import TestSupport

/// Users of queues and channels of plain values that note what they did, to be killed.
extension TestSubject {
  /// Pushes numbered elements to a queue, one and several at a time and in place, and notes them.
  static func pushElements(_ name: String, producer: UInt64) throws {
    let store = try Database.open(name)
    let queue = try store.queue(QueueNotes.queue, of: QueueNotes.Element.self)
    let notes = try QueueNotes(in: store)
    print("ready")
    var number: UInt64 = 0
    while number + 3 <= QueueNotes.most {
      switch number % 4 {
      case 0:
        let elements = (number..<number + 3).map { QueueNotes.Element(producer, $0) }
        let count = try queue.push(contentsOf: elements)
        notes.notePushed(count, by: producer)
        number += UInt64(count)
        continue
      case 3:
        _ = try queue.push { $0[0] = QueueNotes.Element(producer, number) }
      default: _ = try queue.push(QueueNotes.Element(producer, number))
      }
      notes.notePushed(1, by: producer)
      number += 1
    }
    while true { SystemClock.pause(nanoseconds: 1_000_000_000) }
  }

  /// Takes elements from a queue in all ways that say when an element is done, and notes each before
  /// that.
  static func popElements(_ name: String) throws {
    let store = try Database.open(name)
    let queue = try store.queue(QueueNotes.queue, of: QueueNotes.Element.self)
    let notes = try QueueNotes(in: store)
    let isAcknowledged = queue.geometry.delivery != .atMostOnce
    print("ready")
    for round in 0... {
      guard isAcknowledged, round % 4 != 0 else {
        try queue.pop { notes.noteRead($0[0]) }
        continue
      }
      guard let claim = try queue.claim(timeoutNanoseconds: 1_000_000) else { continue }
      // Another may be held beside it.
      let next = round % 7 == 0 ? try queue.claim() : nil
      for claim in [next, claim].compactMap({ $0 }) {
        notes.noteRead(claim.element)
        if round % 5 == 0 {
          claim.giveBack()
        } else if try claim.acknowledge() {
          notes.noteAcknowledged(claim.element)
        }
      }
    }
  }

  /// Takes several elements at a time from a queue, and notes them afterwards.
  static func takeElements(_ name: String) throws {
    let store = try Database.open(name)
    let queue = try store.queue(QueueNotes.queue, of: QueueNotes.Element.self)
    let notes = try QueueNotes(in: store)
    print("ready")
    while true {
      for element in try queue.take(maxCount: 3, timeoutNanoseconds: 1_000_000) {
        notes.noteRead(element)
      }
    }
  }

  /// Sends numbered elements through a channel, in all ways, and notes them.
  static func sendElements(_ name: String) throws {
    let store = try Database.open(name)
    let channel = try store.channel(QueueNotes.queue, of: QueueNotes.Element.self)
    let notes = try QueueNotes(in: store)
    var sender = try channel.sender()
    print("ready")
    var number: UInt64 = 0
    while number + 3 <= QueueNotes.most {
      if number % 3 == 0 {
        let count = try sender.push(
          contentsOf: (number..<number + 3).map { QueueNotes.Element(0, $0) })
        notes.notePushed(count, by: 0)
        number += UInt64(count)
      } else {
        _ = try sender.push(QueueNotes.Element(0, number))
        notes.notePushed(1, by: 0)
        number += 1
      }
    }
    while true { SystemClock.pause(nanoseconds: 1_000_000_000) }
  }

  /// Receives elements from a channel, and notes each before it is done.
  static func receiveElements(_ name: String) throws {
    let store = try Database.open(name)
    let channel = try store.channel(QueueNotes.queue, of: QueueNotes.Element.self)
    let notes = try QueueNotes(in: store)
    var receiver = try channel.receiver()
    print("ready")
    while true { try receiver.pop { notes.noteRead($0[0]) } }
  }

  /// Claims an element of a queue and sleeps with it until standard input ends; tells whether it was
  /// acknowledged in time.
  static func holdElement(_ name: String) throws {
    let queue = try Database.open(name).queue(QueueNotes.queue, of: QueueNotes.Element.self)
    guard let claim = try queue.claim(timeoutNanoseconds: .max) else { return }
    print("ready")
    _ = readLine()
    print(try claim.acknowledge() ? "in time" : "too late")
  }
}
