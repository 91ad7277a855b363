import SimDB

/// An entry that is a structure, or that one keeps beside itself, and so is not to be changed alone.
struct StructureEntry: ReportedError {
  let text: String
  var status: ExitStatus { .usage }

  /// What is wrong with storing under `key`: programs that use the structure would find its bytes
  /// replaced. `nil` where nothing is.
  static func refusal(
    toReplace key: [UInt8], in database: Database
  ) throws(StoreError) -> StructureEntry? {
    if let refusal = try refusal(toTouch: key, in: database, "stored") { return refusal }
    guard let type = try database.type(key), type.isStructure else { return nil }
    let name = EscapedKey.text(key)
    return StructureEntry(
      text:
        "database '\(database.name)', entry '\(name)': it is a structure of the kind '\(type)', which "
        + "programs change in place; nothing was stored; remove it first, with "
        + "'lava db rm \(database.name) \(FileRemoval.shellWord(name))', or choose another key")
  }

  /// What is wrong with removing `key` alone; `nil` where nothing is.
  static func refusal(
    toRemove key: [UInt8], in database: Database
  ) throws(StoreError) -> StructureEntry? {
    try refusal(toTouch: key, in: database, "removed")
  }

  private static func refusal(
    toTouch key: [UInt8], in database: Database, _ done: String
  ) throws(StoreError) -> StructureEntry? {
    guard let owner = try database.structureOwner(of: key) else { return nil }
    let name = EscapedKey.text(Array(owner.name.utf8))
    return StructureEntry(
      text: "database '\(database.name)', key '\(EscapedKey.text(key))': it is kept by the "
        + "structure '\(name)', of the kind '\(owner.type)'; nothing was \(done); "
        + "'lava db rm \(database.name) \(FileRemoval.shellWord(name))' removes that as a whole")
  }
}
