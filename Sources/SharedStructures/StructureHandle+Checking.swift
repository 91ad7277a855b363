import SharedMemory
import SimDB

/// What every structure looks at before it trusts its entry.
extension StructureHandle {
  /// Where the structure is, in the words of errors, such as `database 'lab', queue 'jobs'`.
  func place(_ kind: TypeID) -> String {
    "database '\(database.name)', \(kind) '\(EscapedKey.text(Array(name.utf8)))'"
  }

  /// An error for bytes that no run of the structure's protocol could have left.
  func corrupt(_ kind: TypeID, _ reason: String) -> StoreError {
    if let loss = lossError { return loss }
    return StoreError(
      .corrupt, place: place(kind), reason: reason, remedy: "delete it and create it again")
  }

  /// Refuses an entry that is shorter than its header, or of another version.
  ///
  /// - Throws: `corrupt`, `incompatible`.
  func checkVersion(
    _ kind: TypeID, expected: UInt32, headerSize: Int
  ) throws(StoreError) {
    guard region.count >= headerSize else {
      throw corrupt(kind, "its \(region.count) bytes are less than its header")
    }
    let version = region.word32(at: 0).loadRelaxed()
    guard version == expected else {
      throw StoreError(
        .incompatible, place: place(kind),
        reason: "its version is \(version), this build has \(expected)",
        remedy: "use the version that made it, or delete it and create it again")
    }
  }

  /// Refuses elements that lie otherwise than those of `type` in this program.
  ///
  /// - Parameters:
  ///   - role: What they are in the structure, such as `elements`.
  ///   - offset: Of the layout in the entry.
  /// - Throws: `typeMismatch`, which names both layouts.
  func checkElements<Element: SharedValue>(
    _ kind: TypeID, _ role: String, at offset: Int, are type: Element.Type
  ) throws(StoreError) {
    let expected = SharedLayout(of: Element.self)
    guard ElementLayout.fingerprint(in: region, at: offset) != expected.fingerprint else { return }
    throw StoreError(
      .typeMismatch, place: place(kind),
      reason: "its \(role) are \(ElementLayout.read(from: region, at: offset)), not \(expected)",
      remedy: "use the type that it was created with, or another name")
  }
  /// How its elements lie, as the structure says, for whoever has no type of theirs.
  ///
  /// - Throws: `corrupt` for a layout that no type has.
  func elementLayout(_ kind: TypeID, at offset: Int) throws(StoreError) -> SharedLayout {
    let layout = ElementLayout.read(from: region, at: offset)
    guard layout.alignment.nonzeroBitCount == 1, layout.stride >= max(1, layout.size),
      layout.stride % layout.alignment == 0, layout.stride <= region.count
    else { throw corrupt(kind, "its elements are \(layout), which is not possible") }
    return layout
  }
}
