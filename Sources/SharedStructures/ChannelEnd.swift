import SharedMemory
import SimDB

/// An end of a channel that somebody has; it is let go of when nobody refers to it any more.
///
/// **Concurrency.** `Sendable`; there is nothing in it that changes.
@usableFromInline
final class ChannelEnd: Sendable {
  @usableFromInline let channel: CellChannel
  let word: EndWord
  private let offset: Int

  init(_ channel: CellChannel, _ word: EndWord, at offset: Int) {
    self.channel = channel
    self.word = word
    self.offset = offset
  }

  deinit {
    // That of a process this one was forked from is not ours to let go of.
    guard (try? channel.handle.owner()) == word.owner else { return }
    // Pair end-claimed.
    _ = channel.region.word(at: offset).compareExchange(word.rawValue, word.released.rawValue)
  }
}
