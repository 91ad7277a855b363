import ArgumentParser
import SimDB

/// Which database a command is about.
struct DatabaseArguments: ParsableArguments {
  @Argument(help: "Name of the database, or the path of its file.") var name: String
  @OptionGroup var trust: TrustOption

  /// Attaches for writing, creating a database if asked to and absent.
  func open(creating geometry: Geometry? = nil) throws(StoreError) -> Database {
    try FileRemoval.told(for: name) { () throws(StoreError) in
      try Database.open(name, creating: geometry, sharing: trust.sharing)
    }
  }

  /// Attaches so that nobody notices.
  func openReadOnly() throws(StoreError) -> Database {
    try FileRemoval.told(for: name) { () throws(StoreError) in
      try Database.openReadOnly(name, sharing: trust.sharing)
    }
  }
}

/// Whose databases and directories are trusted, besides the user's own.
struct TrustOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Trust also what members of this group share with it.", valueName: "name|number"))
  var group: GroupName?

  var sharing: Sharing { group?.sharing ?? .owner }
}

/// A group by its name or number.
struct GroupName: ExpressibleByArgument {
  let sharing: Sharing

  init?(argument: String) {
    guard let sharing = Sharing.group(named: argument) else { return nil }
    self.sharing = sharing
  }
}
