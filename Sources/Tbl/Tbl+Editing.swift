// A document with something changed: all that stays is copied as bytes, and others who hold the
// document before keep it.

extension Tbl {
  /// Sets the value that `path` leads to, in tables that are made where there are none.
  ///
  /// A key that is there keeps its place, and a new one comes last.
  ///
  /// - Throws: `TblError` of code `notATable` when the path leads through something else;
  ///   `tooLarge`, `tooDeep`. The document is then as before.
  /// - Complexity: O(bytes × levels of tables on the way).
  public mutating func set(_ path: Path, _ value: Value) throws(TblError) {
    try edit(path) { $0.set($1, value: value) }
  }

  /// Sets the table that `path` leads to; as ``set(_:_:)-(_,Tbl.Value)``.
  public mutating func set(_ path: Path, _ table: Tbl) throws(TblError) {
    try set(path, .table(table))
  }

  /// Removes the value that `path` leads to; the tables on the way stay.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: `TblError` of code `notATable` when the path leads through something else. The
  ///   document is then as before.
  /// - Complexity: O(bytes × levels of tables on the way).
  @discardableResult
  public mutating func remove(_ path: Path) throws(TblError) -> Bool {
    guard try withView({ (view) throws(TblError) in try view.field(at: path) != nil }) else {
      return false
    }
    try edit(path) { _, _ in }
    return true
  }

  /// Sets all that `other` holds: tables below the same key are merged likewise, and anything else
  /// is replaced, an own vector too.
  ///
  /// Keys that are there keep their places, and new ones come last, in their order.
  ///
  /// - Throws: `TblError` of code `tooLarge`. The document is then as before.
  /// - Complexity: O(bytes of both × levels of tables).
  public mutating func merge(_ other: Tbl) throws(TblError) {
    self = try withView { (view) throws(TblError) in
      try other.withView { (other) throws(TblError) in try view.merged(with: other).finish() }
    }
  }

  private mutating func edit(
    _ path: Path, _ change: (inout Builder, _ key: String) -> Void
  ) throws(TblError) {
    precondition(!path.parts.isEmpty, "a path without parts leads to the document itself")
    guard path.parts.count <= Tbl.maximumHeight + 1 else {
      throw TblError(.tooDeep, key: nil, "a way of \(path.parts.count) keys")
    }
    self = try withView { (view) throws(TblError) in
      try view.edited(path.parts[...], change).finish()
    }
  }
}

extension Tbl.View {
  /// The table with `change` in the place of what `parts` lead to.
  fileprivate func edited(
    _ parts: ArraySlice<String>, _ change: (inout Tbl.Builder, _ key: String) -> Void
  ) throws(TblError) -> Tbl.Builder {
    var builder = Tbl.Builder()
    try builder.setVector(.asItIs, of: self)
    let part = parts[parts.startIndex]
    let rest = parts.dropFirst()
    var isFound = false
    for index in 0..<count {
      guard try keyBytes(at: index).equals(part.utf8Span.span.raw) else {
        try builder.set(.asItIs, of: self, at: index)
        continue
      }
      isFound = true
      if rest.isEmpty {
        change(&builder, part)
      } else if let table = try field(at: index).table() {
        builder.set(part, try table.edited(rest, change))
      } else {
        let found = try field(at: index).kind
        throw TblError(.notATable, key: part, "is \(found)")
      }
    }
    if !isFound, rest.isEmpty {
      change(&builder, part)
    } else if !isFound {
      let empty = try Tbl.Builder().finish()
      builder.set(
        part, try empty.withView { (view) throws(TblError) in try view.edited(rest, change) })
    }
    return builder
  }

  /// The table with all that `other` holds.
  fileprivate func merged(with other: borrowing Tbl.View) throws(TblError) -> Tbl.Builder {
    let other = copy other
    var builder = Tbl.Builder()
    try builder.setVector(.asItIs, of: other.vector() == nil ? self : other)
    for index in 0..<count {
      guard let entry = try other.find(keyBytes(at: index)) else {
        try builder.set(.asItIs, of: self, at: index)
        continue
      }
      let twin = try other.field(atRecord: entry + Layout.recordOffset)
      let key = try key(at: index)
      if let table = try field(at: index).table(), let twin = try twin.table() {
        builder.set(key, try table.merged(with: twin))
      } else {
        builder.set(key, twin)
      }
    }
    for index in 0..<other.count where try find(other.keyBytes(at: index)) == nil {
      try builder.set(.asItIs, of: other, at: index)
    }
    return builder
  }
}

extension Tbl.Field {
  /// What this is, for errors.
  var kind: String {
    isVector ? "a vector of \(type.name)" : type == .none ? "nil" : "of type \(type.name)"
  }
}
