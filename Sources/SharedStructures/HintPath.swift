/// For each level of a list, the last node before a place and its hint.
///
/// It stands outside of the generic list, or the compiler would fill it elsewhere and copy it here.
@frozen @usableFromInline
struct HintPath {
  @usableFromInline var steps = InlineArray<16, Step>(repeating: Step())
  /// Levels that are filled in; above them nothing is known.
  @usableFromInline var levels = 0

  @inlinable @inline(__always)
  init() {}

  @frozen @usableFromInline
  struct Step {
    /// 0 is the head.
    @usableFromInline var index: UInt64
    @usableFromInline var hint: LinkWord

    @inlinable @inline(__always)
    init(index: UInt64 = 0, hint: LinkWord = LinkWord(rawValue: 0)) {
      self.index = index
      self.hint = hint
    }
  }
}
