/// What has become of an entry.
///
/// **Concurrency.** A value.
public enum Change: Hashable, Sendable {
  /// There is an entry, of an incarnation that was not told of before. What stands under the key by
  /// now may be newer: then another change comes.
  case put(key: [UInt8], generation: UInt64)
  /// There is no entry any more.
  case deleted(key: [UInt8])

  /// Whose entry it is.
  public var key: [UInt8] {
    switch self {
    case .put(let key, _), .deleted(let key): key
    }
  }
}
