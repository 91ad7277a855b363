import SharedMemory

/// Where a database keeps this process's attachment; a forked child finds it empty.
///
/// No mutex guards it: a child that is forked while another thread has that would wait for ever.
/// What says that the place is filled, and what says that somebody is filling it, are wiped at a
/// fork.
///
/// **Concurrency.** Any thread; of several that find it empty one attaches, and the others wait.
final class AttachmentPlace: @unchecked Sendable {
  private var attachment: Attachment?
  let detector: ForkDetector

  /// An empty place.
  ///
  /// - Throws: `system` when the kernel gives no page.
  init() throws(StoreError) { detector = try ForkDetector() }

  /// The attachment's serial; 0 while there is none.
  var serial: AtomicWord { detector.words.0 }
  /// The identity of its participant plus 1.
  var identity: AtomicWord { detector.words.1 }
  private var isAttaching: AtomicWord { detector.words.2 }

  /// What is there, or else what `attach` makes.
  ///
  /// - Throws: What `attach` throws; the next one tries again.
  func get(or attach: () throws(StoreError) -> Attachment) throws(StoreError) -> Attachment {
    while true {
      if let attachment = current { return attachment }
      // Pair attaching.
      if isAttaching.compareExchange(0, 1) {
        // Pair attaching: what is in the place is the next one's to see.
        defer { isAttaching.storeReleasing(0) }
        if let attachment = current { return attachment }
        let made = try attach()
        attachment = made
        // Pair attached.
        identity.storeReleasing(made.participant.identity.rawValue + 1)
        serial.storeReleasing(made.serial)
        return made
      }
      LocalThread.yield()
    }
  }

  /// What is there, if anything.
  var current: Attachment? {
    // Pair attached.
    serial.loadAcquiring() == 0 ? nil : attachment
  }
}
