extension ProgramManifest {
  /// Describes a program, part by part.
  ///
  /// ```swift
  /// let manifest = try ProgramManifest("fetcher", version: "1.2") {
  ///   Tags("web")
  ///   Accepts("url")
  ///   Transforms("url", to: "html", cost: 20)
  ///   Offers("web") { Operation("fetch", "url", to: "html") }
  ///   Attribute("site", "lab")
  /// }
  /// ```
  ///
  /// - Throws: `ManifestError` that names the first part that is not as
  ///   ``init(name:version:summary:tags:interfaces:accepts:returns:transformations:attributes:types:)``
  ///   says.
  public init(
    _ name: String, version: String = "", summary: String = "",
    @ManifestBuilder _ parts: () -> [any ManifestPart]
  ) throws(ManifestError) {
    var draft = ManifestDraft()
    for part in parts() { try part.add(to: &draft) }
    try self.init(
      name: name, version: version, summary: summary, tags: draft.tags,
      interfaces: draft.interfaces, accepts: draft.accepts, returns: draft.returns,
      transformations: draft.transformations, attributes: draft.attributes, types: draft.types)
  }
}

/// What a program says of itself, while it is put together.
public struct ManifestDraft: Sendable {
  var tags: [String] = []
  var interfaces: [ProgramManifest.Interface] = []
  var accepts: [DataType] = []
  var returns: [DataType] = []
  var transformations: [ProgramManifest.Transformation] = []
  var attributes: [String: ProgramManifest.AttributeValue] = [:]
  var types: [TypeDeclaration] = []
}

/// A part of what a program says of itself. Own parts add others to the draft.
public protocol ManifestPart: Sendable {
  /// Adds the part.
  ///
  /// - Throws: `ManifestError` when it cannot stand so.
  func add(to draft: inout ManifestDraft) throws(ManifestError)
}

/// Puts parts together, also in conditions and loops.
@resultBuilder
public enum ManifestBuilder {
  /// One part.
  public static func buildExpression(_ part: any ManifestPart) -> [any ManifestPart] { [part] }
  /// Parts one after the other.
  public static func buildBlock(_ parts: [any ManifestPart]...) -> [any ManifestPart] {
    parts.flatMap { $0 }
  }
  /// Parts that are there or not.
  public static func buildOptional(_ parts: [any ManifestPart]?) -> [any ManifestPart] {
    parts ?? []
  }
  /// Parts of a condition that is so.
  public static func buildEither(first parts: [any ManifestPart]) -> [any ManifestPart] { parts }
  /// Parts of a condition that is not so.
  public static func buildEither(second parts: [any ManifestPart]) -> [any ManifestPart] { parts }
  /// Parts of a loop.
  public static func buildArray(_ parts: [[any ManifestPart]]) -> [any ManifestPart] {
    parts.flatMap { $0 }
  }
}

/// Words by which a program can be found.
public struct Tags: ManifestPart {
  private let tags: [String]

  /// Names tags.
  public init(_ tags: String...) { self.tags = tags }

  /// Adds the tags.
  public func add(to draft: inout ManifestDraft) { draft.tags += tags }
}

/// Types of data that can be sent to a program: `Accepts("url")` are UTF-8 texts that are URLs.
public struct Accepts: ManifestPart {
  private let types: [DataType]

  /// Names types.
  public init(_ types: DataType...) { self.types = types }

  /// Adds the types.
  public func add(to draft: inout ManifestDraft) { draft.accepts += types }
}

/// Types of data that a program gives.
public struct Returns: ManifestPart {
  private let types: [DataType]

  /// Names types.
  public init(_ types: DataType...) { self.types = types }

  /// Adds the types.
  public func add(to draft: inout ManifestDraft) { draft.returns += types }
}

/// Data of one type into data of another.
public struct Transforms: ManifestPart {
  private let transformation: ProgramManifest.Transformation

  /// Offers a transformation, of a cost in a measure of which less is better.
  public init(_ from: DataType, to: DataType, cost: Double = 1) {
    transformation = .init(from, to: to, cost: cost)
  }

  /// Adds the transformation.
  public func add(to draft: inout ManifestDraft) { draft.transformations.append(transformation) }
}

/// A named set of operations.
public struct Offers: ManifestPart {
  private let interface: ProgramManifest.Interface

  /// Offers an interface.
  public init(
    _ name: String, @OperationBuilder _ operations: () -> [ProgramManifest.Operation]
  ) {
    interface = .init(name, operations())
  }

  /// Adds the interface.
  public func add(to draft: inout ManifestDraft) { draft.interfaces.append(interface) }
}

/// Something that a program can be asked to do.
public typealias Operation = ProgramManifest.Operation

/// Puts operations together.
@resultBuilder
public enum OperationBuilder {
  /// Operations one after the other.
  public static func buildBlock(_ operations: Operation...) -> [Operation] { operations }
}

/// Whatever else a program wants to be found by.
public struct Attribute: ManifestPart {
  private let name: String
  private let value: ProgramManifest.AttributeValue

  /// Names an attribute.
  public init(_ name: String, _ value: ProgramManifest.AttributeValue) {
    self.name = name
    self.value = value
  }

  /// Adds the attribute, in place of one of the same name.
  public func add(to draft: inout ManifestDraft) { draft.attributes[name] = value }
}

/// A type that a program introduces; see ``TypeDeclaration``.
public struct Introduces: ManifestPart {
  private let declaration: Result<TypeDeclaration, DataTypeError>

  /// Declares a type as ``TypeDeclaration/init(_:parameters:conformsTo:mediaTypes:)`` does.
  public init(
    _ identifier: String, parameters: [String] = [], conformsTo: [String] = [],
    mediaTypes: [String] = []
  ) {
    declaration = Result { () throws(DataTypeError) in
      try TypeDeclaration(
        identifier, parameters: parameters, conformsTo: conformsTo, mediaTypes: mediaTypes)
    }
  }

  /// Adds the type.
  ///
  /// - Throws: `ManifestError` when it cannot be declared so.
  public func add(to draft: inout ManifestDraft) throws(ManifestError) {
    switch declaration {
    case .success(let declaration): draft.types.append(declaration)
    case .failure(let error):
      throw ManifestError(
        place: "types[\(draft.types.count)]", reason: "'\(error.subject)' \(error.reason)",
        remedy: error.remedy)
    }
  }
}
