import SharedMemory
import Synchronization

/// Places in lanes for pins that are bound to no thread.
struct LongPins {
  struct Place {
    let lane: Lane
    let position: Int
  }

  var free: [Place] = []
}

/// A pin that stands until it is released, on any thread.
final class LongPin: Sendable {
  let place: LongPins.Place
  /// Another pin of the same holder, made in a process that was forked since.
  let next = AtomicLazyReference<LongPin>()
  private let attachment: Attachment

  init(place: LongPins.Place, attachment: Attachment) {
    self.place = place
    self.attachment = attachment
  }

  /// The serial of the attachment that it belongs to.
  var serial: UInt64 { attachment.serial }

  func release() { attachment.release(self) }
}
