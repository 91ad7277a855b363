// What two documents of the same content have in common, however they were built.

extension Tbl.View {
  /// The same content in the one form that all documents of this content have.
  ///
  /// Keys stand in the order of their bytes, in every table, and elements of vectors one behind the
  /// other. Types, dimensions and the bits of numbers are content.
  ///
  /// - Throws: `TblError` when the table is damaged.
  /// - Complexity: O(bytes) and the sorting of keys.
  public func canonical() throws(TblError) -> Tbl {
    guard isValidated else { return try Tbl(copying: self).canonical() }
    var keys: [(bytes: [UInt8], index: Int)] = []
    keys.reserveCapacity(count)
    for index in 0..<count {
      keys.append((try keyBytes(at: index).copied(as: UInt8.self), index))
    }
    keys.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    return try copied(.canonical, keys.lazy.map(\.index))
  }

  /// The same document with the elements of all vectors one behind the other.
  ///
  /// - Throws: `TblError` when the table is damaged.
  /// - Complexity: O(bytes).
  public func packed() throws(TblError) -> Tbl {
    guard isValidated else { return try Tbl(copying: self).packed() }
    return try copied(.packed, 0..<count)
  }

  /// Whether a vector in this table or in one inside has strides.
  ///
  /// - Complexity: O(keys and tables).
  func hasStrides() throws(TblError) -> Bool {
    if layout.features & Layout.stridesFeature != 0 { return true }
    guard layout.height > 0 else { return false }
    if let vector = try vector(), try vector.hasStridesInside() { return true }
    for index in 0..<count where try field(at: index).hasStridesInside() { return true }
    return false
  }

  /// Whether `other` has the same content: see ``canonical()``.
  ///
  /// - Throws: `TblError` when one of both is damaged.
  /// - Complexity: O(bytes); copies only vectors with strides.
  public func isEquivalent(to other: borrowing Tbl.View) throws(TblError) -> Bool {
    // Tables that share what is below them would be gone through without end.
    let view = try validated()
    return try view.hasContent(of: other.validated())
  }

  private func hasContent(of other: borrowing Tbl.View) throws(TblError) -> Bool {
    guard count == other.count else { return false }
    let twin = try other.vector()
    if let vector = try vector() {
      guard let twin, try vector.isEquivalent(to: twin) else { return false }
    } else if twin != nil {
      return false
    }
    for index in 0..<count {
      guard let entry = try other.find(keyBytes(at: index)) else { return false }
      let twin = try other.field(atRecord: entry + Layout.recordOffset)
      guard try field(at: index).isEquivalent(to: twin) else { return false }
    }
    return true
  }
}

extension Tbl.Field {
  fileprivate func hasStridesInside() throws(TblError) -> Bool {
    guard isVector else { return try table()?.hasStrides() ?? false }
    guard type == .table || type == .value else { return false }
    for index in 0..<count where try element(at: index).hasStridesInside() { return true }
    return false
  }

  /// Whether `other` has the same type and content.
  func isEquivalent(to other: borrowing Tbl.Field) throws(TblError) -> Bool {
    guard type == other.type, isVector == other.isVector, count == other.count else { return false }
    guard isVector else { return try hasContent(of: other) }
    guard try shape() == other.shape() else { return false }
    if let width = type.width {
      return try withElements(width) { (elements) throws(TblError) in
        try other.withElements(width) { elements.equals($0) }
      }
    }
    for index in 0..<count {
      guard try element(at: index).isEquivalent(to: other.element(at: index)) else { return false }
    }
    return true
  }

  private func hasContent(of other: borrowing Tbl.Field) throws(TblError) -> Bool {
    if let table = try table(), let twin = try other.table() {
      return try table.isEquivalent(to: twin)
    }
    if let bytes = try bytes(), let twin = try other.bytes() { return bytes.equals(twin) }
    return record.payload == other.record.payload
  }
}

extension Tbl {
  /// The same content in the one form that all documents of this content have; see
  /// ``View/canonical()``.
  ///
  /// - Throws: `TblError` of code `tooLarge` when gaps of alignment make it that.
  /// - Complexity: O(bytes) and the sorting of keys.
  public func canonical() throws(TblError) -> Tbl {
    try withView { (view) throws(TblError) in try view.canonical() }
  }

  /// The same document with the elements of all vectors one behind the other; itself where they are
  /// that already.
  ///
  /// - Complexity: O(keys and tables), and O(bytes) where there are strides.
  public func packed() -> Tbl {
    withTrustedView { view throws(TblError) in
      try view.hasStrides() ? try view.packed() : self
    }
  }

  /// Whether `other` has the same keys with the same values, in whatever order.
  ///
  /// - Complexity: O(bytes).
  public func isEquivalent(to other: Tbl) -> Bool {
    withTrustedView { view throws(TblError) in
      try other.withView { (other) throws(TblError) in try view.isEquivalent(to: other) }
    }
  }

  /// A number that documents of the same content share, and others hardly ever.
  ///
  /// It is the same in every process and on every machine, and no secret: whoever chooses documents
  /// can find two that share it.
  ///
  /// - Throws: As ``canonical()``.
  /// - Complexity: As ``canonical()``.
  public func contentHash() throws(TblError) -> UInt64 {
    try canonical().hashOfCanonicalBytes
  }

  /// The same of a document that is in canonical form already.
  package var hashOfCanonicalBytes: UInt64 { documentHash(bytes.span.raw) }
}
