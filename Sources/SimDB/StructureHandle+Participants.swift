import SharedMemory

extension StructureHandle {
  /// What is known of a participant; `nil` when it is gone and its row was given back.
  ///
  /// **Concurrency.** Any thread.
  ///
  /// - Complexity: O(participants), some system calls for each: for what people read.
  public func participant(_ identity: ParticipantIdentity) -> ParticipantFacts? {
    Participant.all(in: database.segment).first { $0.identity == identity }
  }
}
