import ArgumentParser
import SimDB

/// `lava db create NAME`.
struct DatabaseCreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Create a database.",
    discussion: """
      One that exists is taken as it is, and keeps its own blocks. Without options it begins with \
      \(Geometry().blockCount) blocks and grows to \(Geometry().maximumBlockCount); with a number of \
      blocks it does not grow, unless a maximum is given.
      """)

  @Argument(help: "Name of the database, or the path of its file.") var name: String
  @Option(help: "Bytes per block, a multiple of 64; a value of that size takes one block.")
  var blockSize = Geometry().blockSize
  @Option(help: "Number of blocks to begin with.") var blockCount: Int?
  @Option(help: "Grow while it is in use, until it takes so much memory.") var maximumBytes: Int?
  @Option(
    help: """
      How many programs may use it at once, up to 1024; each place takes memory of its own. \
      (default: \(Geometry().participantCount))
      """)
  var participants: Int?
  @Option(
    help: ArgumentHelp(
      "Share it with the members of this group, who then say '--group' as well. It must lie where "
        + "they can reach it: NAME is a path, or LAVA_DIR a directory of the group.",
      valueName: "name|number"))
  var group: GroupName?
  @Flag(
    help: "Refuse, with status 3, one that exists with other blocks, or for other participants.")
  var require = false
  @Flag(
    help: """
      Print JSON: name, path, created, blockSize, blockCount, maximumBlockCount, participantCount.
      """)
  var json = false

  private struct Outcome: Encodable {
    let name: String
    let path: String
    let created: Bool
    let blockSize: Int
    let blockCount: Int
    let maximumBlockCount: Int
    let participantCount: Int
  }

  private func wanted() throws -> Geometry {
    var geometry = Geometry(blockSize: blockSize, blockCount: blockCount)
    if let participants { geometry.participantCount = participants }
    guard let maximumBytes else { return geometry }
    geometry.maximumBlockCount = try Geometry.maximumBlockCount(inBytes: maximumBytes, of: geometry)
    return geometry
  }

  func run() throws {
    var wanted = try wanted()
    let sharing = group?.sharing ?? .owner
    let created = try Database.create(name, wanted, sharing: sharing)
    let database = try FileRemoval.told(for: name) { () throws(StoreError) in
      try Database.openReadOnly(name, sharing: sharing)
    }
    let found = database.geometry
    if participants == nil { wanted.participantCount = found.participantCount }
    if require { try database.require(wanted) }
    if json {
      return try JSONOutput.print(
        Outcome(
          name: database.name, path: database.path, created: created,
          blockSize: found.blockSize, blockCount: found.blockCount,
          maximumBlockCount: found.maximumBlockCount, participantCount: found.participantCount))
    }
    try Output.print(database.path)
    if !created { Terminal.note("it was there already, with \(found)") }
  }
}
