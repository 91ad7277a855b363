import SimDB

/// How to be rid of a database that nobody can attach to, and so nobody can drop.
///
/// The user removes its file, with a command that is theirs to look at first: what is damaged or of
/// another version cannot tell whether it is a database, nor who uses it.
enum FileRemoval {
  /// Calls `attach`, and adds to an error whose remedy is to create what is at `name` again how its
  /// file is removed.
  static func told<Attached>(
    for name: String, _ attach: () throws(StoreError) -> Attached
  ) throws(StoreError) -> Attached {
    do throws(StoreError) {
      return try attach()
    } catch {
      guard [.corrupt, .incompatible].contains(error.code),
        error.remedy.hasSuffix("create it again")
      else { throw error }
      let path = try SegmentLocation.path(of: name)
      // What begins so would be an option.
      let command = "rm \(shellWord(path.hasPrefix("-") ? "./\(path)" : path))"
      throw StoreError(
        error.code, place: error.place, reason: error.reason,
        remedy: "\(error.remedy): \(command)")
    }
  }

  /// The text as a shell takes it for one word.
  static func shellWord(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      byte >= 0x80 || "/._-+:,@%=".utf8.contains(byte)
        || Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber
    }
    if isPlain { return text }
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }
}
