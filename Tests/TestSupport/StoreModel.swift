/// The entry of one key.
public struct StoreModel: SequentialModel {
  private struct Entry: Hashable {
    let number: Int
    /// `nil` while nobody has told: who died in a put has not.
    var generation: UInt64?
  }

  private var entry: Entry?

  /// The key is absent.
  public init() {}

  /// Performs `operation`, if it could have answered so.
  public mutating func perform(_ operation: StoreOperation) -> Bool {
    switch operation {
    case .look(let seen): return shows(seen)
    case .put(let number, let generation):
      entry = Entry(number: number, generation: generation)
      return true
    case .delete(let answer):
      let existed = entry != nil
      entry = nil
      return answer == nil || answer == existed
    case .putIfAbsent(let number, let answer, let generation):
      return store(Entry(number: number, generation: generation), over: nil, answer)
    case .compareAndSet(let old, let number, let answer, let generation):
      return store(Entry(number: number, generation: generation), over: old, answer)
    case .update(let old, let number, let answer, let generation):
      return store(Entry(number: number, generation: generation), over: old, answer)
    }
  }

  private mutating func store(_ new: Entry, over old: Sighting?, _ answer: Bool?) -> Bool {
    let isStored = shows(old)
    if isStored { entry = new }
    return answer == nil || answer == isStored
  }

  /// Whether `seen` could be seen. A generation that nobody knew is known then: the same one is the
  /// same value, and another is another.
  private mutating func shows(_ seen: Sighting?) -> Bool {
    guard let seen, let known = entry else { return seen == nil && entry == nil }
    guard seen.number == nil || seen.number == known.number,
      seen.length == nil || seen.length == RecordedValue(known.number).count,
      seen.generation == nil || known.generation == nil || seen.generation == known.generation
    else { return false }
    entry?.generation = known.generation ?? seen.generation
    return true
  }
}
