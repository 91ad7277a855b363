import LavaFlow
import SharedMemory
import Tbl

/// A sink that keeps what was published.
final class Records: RecordSink {
  private let entries = LocalMutex<[(key: String, tbl: Tbl)]>([])
  private let isRefusing = LocalMutex(false)

  func put(_ key: String, _ tbl: Tbl) throws {
    if isRefusing.withLock({ $0 }) { throw Deliberate(description: "no room") }
    entries.withLock { $0.append((key, tbl)) }
  }

  /// Whether records find no room.
  var refuses: Bool {
    get { isRefusing.withLock { $0 } }
    set { isRefusing.withLock { $0 = newValue } }
  }

  var keys: [String] { entries.withLock { $0.map(\.key) } }
  func all(_ key: String) -> [Tbl] {
    entries.withLock { $0.filter { $0.key == key }.map(\.tbl) }
  }
  func last(_ key: String) -> Tbl? { all(key).last }
}
