/// Which programs are looked for: all that is said must be so.
///
/// **Concurrency.** A value.
public struct ProgramQuery: Sendable, Hashable {
  /// What its name looks like.
  public var name: NamePattern?
  /// Which tags it has.
  public var tags: TagExpression?
  /// The interface that it offers.
  public var interface: String?
  /// A type of data that can be sent to it: it accepts this, or something wider.
  public var accepts: DataType?
  /// A type of data that it gives: this, or something narrower.
  public var returns: DataType?
  /// What its attributes must be.
  public var attributes: [AttributeCondition]

  /// A query for all programs, or those of which these are so.
  public init(
    name: NamePattern? = nil, tags: TagExpression? = nil, interface: String? = nil,
    accepts: DataType? = nil, returns: DataType? = nil, attributes: [AttributeCondition] = []
  ) {
    self.name = name
    self.tags = tags
    self.interface = interface
    self.accepts = accepts
    self.returns = returns
    self.attributes = attributes
  }

  /// Why a program was found, or was not.
  public struct Finding: Sendable, Hashable {
    /// A part of the query, and what became of it.
    public struct Part: Sendable, Hashable {
      /// Whether it is so.
      public let holds: Bool
      /// What was asked and found, for people.
      public let explanation: String
    }

    /// All parts of the query.
    public internal(set) var parts: [Part] = []
    /// How far what the program accepts and gives is from what was asked, in steps of the graph of
    /// types: less is more specific.
    public internal(set) var distance = 0

    /// Whether all parts are so.
    public var matches: Bool { parts.allSatisfy(\.holds) }

    mutating func add(_ holds: Bool, _ explanation: @autoclosure () -> String, isExplained: Bool) {
      guard isExplained || !holds else { return }
      parts.append(Part(holds: holds, explanation: isExplained ? explanation() : ""))
    }

    /// Adds whether the program takes or gives `asked`.
    ///
    /// - Parameter paths: From each of its `types` that fits to what was asked, or back.
    mutating func add(
      _ paths: [[DataType]], _ verb: String, _ asked: DataType, of types: [DataType],
      isExplained: Bool
    ) {
      let nearest = paths.min { $0.count < $1.count }
      distance += (nearest?.count ?? 1) - 1
      add(
        nearest != nil,
        nearest.map { "it \(verb) \(asked)" + ProgramQuery.way($0) }
          ?? "it \(verb) \(ProgramQuery.list(types.map(\.description))), which \(asked) is not",
        isExplained: isExplained)
    }
  }

  /// What becomes of each part with a program.
  ///
  /// - Parameters:
  ///   - program: What the program says of itself.
  ///   - types: With what all programs declare.
  ///   - isExplained: Whether the parts are explained; without, the search ends at the first that
  ///     is not so.
  /// - Complexity: O(what the program says), and for each type of it O(types above it).
  public func finding(
    _ program: ProgramManifest, types: TypeGraph, isExplained: Bool = true
  ) -> Finding {
    var finding = Finding()
    if let name {
      finding.add(
        name.matches(program.name), "its name is '\(program.name)', '\(name)' is asked for",
        isExplained: isExplained)
    }
    if let tags {
      finding.add(
        tags.matches(program.tags),
        "its tags are \(Self.list(program.tags)), '\(tags)' is asked for", isExplained: isExplained)
    }
    if let interface {
      let names = program.interfaces.map(\.name)
      finding.add(
        names.contains(interface),
        "its interfaces are \(Self.list(names)), '\(interface)' is asked for",
        isExplained: isExplained)
    }
    for condition in attributes {
      finding.add(
        condition.matches(program.attributes),
        "'\(condition.name)' is \(Self.text(program.attributes[condition.name])), "
          + "'\(condition)' is asked for", isExplained: isExplained)
    }
    // The dearest parts come last.
    guard isExplained || finding.matches else { return finding }
    if let accepts {
      let taken = program.takenTypes
      finding.add(
        taken.compactMap { types.path(from: accepts, to: $0) }, "takes", accepts, of: taken,
        isExplained: isExplained)
    }
    guard isExplained || finding.matches else { return finding }
    if let returns {
      let given = program.givenTypes
      finding.add(
        given.compactMap { types.path(from: $0, to: returns) }, "gives", returns, of: given,
        isExplained: isExplained)
    }
    return finding
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.joined(separator: ", ")
  }

  private static func text(_ value: ProgramManifest.AttributeValue?) -> String {
    switch value {
    case .string(let text): "'\(text)'"
    case let value?: value.text
    case nil: "not there"
    }
  }

  private static func way(_ path: [DataType]) -> String {
    path.count > 1 ? ": \(path.map(\.description).joined(separator: " is "))" : ""
  }
}

extension ProgramManifest {
  /// All types of data that can be sent to it, the most specific ways first: what it accepts, then
  /// what it transforms and what its operations take.
  var takenTypes: [DataType] {
    Self.once(
      accepts + transformations.map(\.from) + interfaces.flatMap { $0.operations.map(\.input) })
  }

  /// All types of data that it gives.
  var givenTypes: [DataType] {
    Self.once(
      returns + transformations.map(\.to) + interfaces.flatMap { $0.operations.map(\.output) })
  }

  private static func once(_ types: [DataType]) -> [DataType] {
    var seen: Set<DataType> = []
    return types.filter { seen.insert($0).inserted }
  }
}
