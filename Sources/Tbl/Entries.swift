extension Tbl {
  /// The keys with copies of their values, in the order in which the keys were set.
  public var entries: Entries { Entries(table: self) }

  /// The keys of a table with their values, each copied out when it is its turn.
  ///
  /// **Concurrency.** An immutable value.
  public struct Entries: RandomAccessCollection, Sendable {
    let table: Tbl

    /// 0.
    public var startIndex: Int { 0 }
    /// The number of keys.
    public var endIndex: Int { table.count }

    /// A key and its value.
    ///
    /// - Complexity: O(bytes of both).
    public subscript(position: Int) -> (key: String, value: Value) {
      table.withTrustedView { view throws(TblError) in
        (try view.key(at: position), try view.field(at: position).value())
      }
    }
  }

  /// A copy of the value that `path` leads to; nil when there is none.
  ///
  /// - Complexity: O(bytes of the value).
  public subscript(path path: Path) -> Value? {
    withTrustedView { view throws(TblError) in try view.field(at: path)?.value() }
  }
}
