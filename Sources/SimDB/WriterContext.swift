import SharedMemory

/// Keeps a thread's writer until the thread ends or the database is closed.
///
/// **Concurrency.** Made and given up by the writer's thread, or by the last user of the database.
final class WriterContext: ThreadBound, @unchecked Sendable {
  let writer: ThreadConfined<Writer>
  private weak var attachment: Attachment?

  init(lane: Lane, segment: Segment, owner: ParticipantIdentity, attachment: Attachment) {
    self.attachment = attachment
    writer = ThreadConfined(
      Writer(lane: lane, owner: owner, allocator: BlockAllocator(segment: segment, owner: owner)))
  }

  override var mayBeDisplaced: Bool { writer.with { $0.pinDepth == 0 } }

  override func threadEnded() {
    attachment?.release(self)
  }

  /// Gives back all that the thread has.
  func releaseAll(in segment: Segment) {
    writer.with { writer in
      if writer.slotsTaken > 0 { EntryIndex(segment).countTaken(writer.slotsTaken) }
      if writer.allocator.end() { Sweeper.countOrphans(in: segment) }
      writer.lane.release()
    }
  }
}
