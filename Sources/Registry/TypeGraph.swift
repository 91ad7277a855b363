// Which types of data are also of which other types.
//
// Invariants: whatever a declaration conforms to was declared before it, or with it and without a
// way back; so the graph has no cycles, and each walk upwards ends. An identifier is declared once.

/// Types of data and what they conform to.
///
/// Everything conforms to `bytes`, also what nobody declared. A type conforms to itself, to what
/// its declaration says and to what that conforms to; with arguments it conforms to the same with
/// wider ones: `tbl<f32, [480, 640]>` to `tbl<number, [*, *]>`.
///
/// **Concurrency.** A value.
public struct TypeGraph: Sendable {
  private var declarations: [String: TypeDeclaration] = [:]
  private var typesOfMedia: [String: String] = [:]
  /// What media types that nobody declared conform to, by the system's database.
  private var mediaConformances: [String: [DataType]] = [:]
  /// Their proper names.
  private var otherNames: [String: String] = [:]

  /// What everything conforms to.
  static let root: DataType = "bytes"

  /// A graph of nothing but bytes.
  init() { declare(trusted: try? TypeDeclaration("bytes")) }

  /// The graph of the vocabulary.
  public static let vocabulary: TypeGraph = {
    var graph = TypeGraph()
    for declaration in Vocabulary.declarations { graph.declare(trusted: declaration) }
    return graph
  }()

  private mutating func declare(trusted declaration: TypeDeclaration?) {
    guard let declaration else { preconditionFailure("a type of the vocabulary cannot be read") }
    do {
      if declarations[declaration.identifier] == nil { try declare([declaration], isPublic: true) }
    } catch {
      preconditionFailure(error.description)
    }
  }

  // MARK: Declaring

  /// Declares types, all or none of them.
  ///
  /// - Parameter new: May conform to each other in any order. One that is declared already is
  ///   left out when it is the same.
  /// - Throws: `DataTypeError` of code `conflict`, `cycle`, `unknown`, `wrongParameters` or
  ///   `takenMediaType`, which names the type.
  /// - Complexity: O(declarations and their conformances).
  public mutating func declare(_ new: [TypeDeclaration]) throws(DataTypeError) {
    try declare(new, isPublic: false)
  }

  private mutating func declare(
    _ new: [TypeDeclaration], isPublic: Bool
  ) throws(DataTypeError) {
    var graph = self
    for declaration in new {
      let name = declaration.identifier
      if let known = graph.declarations[name] {
        guard known == declaration else {
          throw DataTypeError(.conflict, name, "is declared already, and otherwise")
        }
        continue
      }
      guard isPublic || !name.hasPrefix(DataType.vocabularyPrefix), isPublic || !name.contains("/")
      else {
        throw DataTypeError(
          .conflict, name,
          "is a name of the vocabulary, or a media type, which nobody else declares")
      }
      graph.declarations[name] = declaration
    }
    for declaration in new { try graph.check(declaration) }
    try graph.refuseCycles(from: new)
    for declaration in new {
      for mediaType in declaration.mediaTypes {
        let owner = graph.typesOfMedia[mediaType]
        guard owner == nil || owner == declaration.identifier else {
          throw DataTypeError(
            .takenMediaType, declaration.identifier, "\(mediaType) is that of \(owner ?? "")")
        }
        graph.typesOfMedia[mediaType] = declaration.identifier
      }
    }
    self = graph
  }

  /// Whether the types that a declaration mentions are there, and take as many arguments.
  private func check(_ declaration: TypeDeclaration) throws(DataTypeError) {
    for type in declaration.conformsTo { try check(type, of: declaration.identifier) }
  }

  private func check(_ type: DataType, of owner: String) throws(DataTypeError) {
    if !type.identifier.contains("/") {
      guard let declaration = declarations[type.identifier] else {
        throw DataTypeError(.unknown, owner, "conforms to '\(type)', which is not declared")
      }
      guard type.arguments.count <= declaration.parameters.count else {
        throw DataTypeError(
          .wrongParameters, owner,
          "'\(type)' has more arguments than the \(declaration.parameters.count) of its declaration"
        )
      }
    }
    for case .type(let argument) in type.arguments { try check(argument, of: owner) }
  }

  /// Finds a way from a new declaration back to itself, depth first.
  private func refuseCycles(from new: [TypeDeclaration]) throws(DataTypeError) {
    enum Mark { case entered, left }
    var marks: [String: Mark] = [:]
    for start in new where marks[start.identifier] == nil {
      var path = [(start.identifier, 0)]
      marks[start.identifier] = .entered
      while let (name, next) = path.last {
        let above = declarations[name]?.conformsTo ?? []
        guard next < above.count else {
          marks[name] = .left
          path.removeLast()
          continue
        }
        path[path.count - 1].1 += 1
        let identifier = above[next].identifier
        switch marks[identifier] {
        case .left: break
        case .entered:
          let way = path.map(\.0).drop { $0 != identifier } + [identifier]
          throw DataTypeError(
            .cycle, identifier, "conforms to itself: \(way.joined(separator: " to "))")
        case nil:
          marks[identifier] = .entered
          path.append((identifier, 0))
        }
      }
    }
  }

  /// Takes over what the system knows of media types that nobody declared, in place of what was
  /// taken over before. What leads back to where it began is left out.
  ///
  /// - Complexity: O(names of the database, and for each those above it).
  public mutating func add(_ database: SharedMIMEDatabase) {
    otherNames = database.aliases.filter { typesOfMedia[$0.key] == nil && $0.value != $0.key }
    mediaConformances = [:]
    for (name, above) in database.conformances where typesOfMedia[name] == nil {
      mediaConformances[name] =
        above.filter { !Self.leads(from: $0, to: name, by: database.conformances) }
        .map { canonical(DataType(trusting: $0)) }
    }
  }

  private static func leads(
    from start: String, to end: String, by conformances: [String: [String]]
  ) -> Bool {
    var seen: Set<String> = [start]
    var waiting = [start]
    while let name = waiting.popLast() {
      if name == end { return true }
      for above in conformances[name] ?? [] where seen.insert(above).inserted {
        waiting.append(above)
      }
    }
    return false
  }

  // MARK: Asking

  /// All declarations, by identifier.
  public var all: [TypeDeclaration] {
    declarations.values.sorted { $0.identifier < $1.identifier }
  }

  /// How a type is declared; nil for one that is not.
  public func declaration(of type: DataType) -> TypeDeclaration? {
    declarations[canonical(type).identifier]
  }

  /// The same type under the name of its declaration: `image/png` is `public.png`.
  public func canonical(_ type: DataType) -> DataType {
    guard type.identifier.contains("/") else { return type }
    var name = type.identifier.lowercased()
    if typesOfMedia[name] == nil, let proper = otherNames[name] { name = proper }
    return DataType(trusting: typesOfMedia[name] ?? name, type.arguments)
  }

  /// What `type` conforms to in one step, most specific first; nothing for bytes.
  public func supertypes(of type: DataType) -> [DataType] {
    let type = canonical(type)
    guard type != Self.root else { return [] }
    var above: [DataType]
    if let declaration = declarations[type.identifier] {
      above = declaration.supertypes(type.arguments)
    } else if type.identifier.contains("/") {
      above =
        (mediaConformances[type.identifier] ?? [])
        + MediaType.supertypes(of: type.identifier).filter { $0 != type }
    } else {
      above = []
    }
    return above.isEmpty ? [Self.root] : above.map(canonical)
  }

  /// Whether all data of `type` are data of `wanted` too.
  ///
  /// - Complexity: O(types above `type`, and their arguments).
  public func conforms(_ type: DataType, to wanted: DataType) -> Bool {
    distance(from: type, to: wanted) != nil
  }

  /// How many steps `wanted` is above `type`: 0 when it is the same, or the same with wider
  /// arguments.
  ///
  /// - Returns: nil when `type` does not conform to it.
  /// - Complexity: As ``conforms(_:to:)``.
  public func distance(from type: DataType, to wanted: DataType) -> Int? {
    path(from: type, to: wanted).map { $0.count - 1 }
  }

  /// The shortest way up from `type` to what is `wanted`, both included; nil when there is none.
  ///
  /// - Complexity: As ``conforms(_:to:)``.
  public func path(from type: DataType, to wanted: DataType) -> [DataType]? {
    let wanted = canonical(wanted)
    let start = canonical(type)
    var below: [DataType: DataType] = [:]
    var seen: Set<DataType> = [start]
    var level = [start]
    while !level.isEmpty {
      if let found = level.first(where: { fits($0, wanted) }) {
        var path = [found]
        while let lower = path.last.flatMap({ below[$0] }) { path.append(lower) }
        return path.reversed()
      }
      var next: [DataType] = []
      for lower in level {
        for above in supertypes(of: lower) where seen.insert(above).inserted {
          below[above] = lower
          next.append(above)
        }
      }
      level = next
    }
    return nil
  }

  /// Whether `type` is `wanted` itself, with arguments as narrow.
  private func fits(_ type: DataType, _ wanted: DataType) -> Bool {
    guard type.identifier == wanted.identifier else { return false }
    return wanted.arguments.indices.allSatisfy { index in
      fits(type.argument(index), wanted.arguments[index])
    }
  }

  private func fits(_ argument: DataType.Argument, _ wanted: DataType.Argument) -> Bool {
    switch (argument, wanted) {
    case (_, .any): true
    case (.type(let type), .type(let wanted)): conforms(type, to: wanted)
    case (.shape(let shape), .shape(let wanted)): shape.fits(wanted)
    default: false
    }
  }

  /// The type of a media type, with or without parameters: `text/plain; charset=utf-8` is
  /// `public.utf8-text`.
  ///
  /// - Returns: nil when `text` is no media type.
  public func type(ofMedia text: String) -> DataType? {
    guard let (name, parameters) = MediaType.parsed(text) else { return nil }
    if name == "text/plain", ["utf-8", "us-ascii"].contains(parameters["charset"]) {
      return "utf8-text"
    }
    return canonical(DataType(trusting: name))
  }

  /// The media type of data of `type`: its own, or that of the nearest type above that has one.
  public func mediaType(of type: DataType) -> String {
    var level = [canonical(type)]
    while let first = level.first {
      for type in level {
        if type.identifier.contains("/") { return type.identifier }
        if let name = declarations[type.identifier]?.mediaTypes.first { return name }
      }
      level = first == Self.root ? [] : level.flatMap(supertypes)
    }
    return "application/octet-stream"
  }
}
