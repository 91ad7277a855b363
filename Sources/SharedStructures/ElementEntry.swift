import SharedMemory
import SimDB

/// An entry that is a pack of elements of one layout, which is replaced as a whole.
///
/// Every version is an entry of its own incarnation, so that whoever reads one keeps it, and holds
/// up nobody who makes the next.
///
/// **Concurrency.** `Sendable`; all state is in the database.
struct ElementEntry<Element: SharedValue>: Sendable {
  /// A version, and what names it.
  struct Version {
    var elements: [Element]
    let generation: UInt64
  }

  let database: Database
  let name: String
  /// What it is in the words of errors, such as `state`.
  let kind: String
  let packed = PackedElements<Element>()

  /// Attaches to the entry, creating it if there are elements to begin with and it is absent.
  ///
  /// - Throws: `notFound`, `typeMismatch`; as a put.
  init(
    _ database: Database, _ name: String, kind: String, creating initial: [Element]?
  ) throws(StoreError) {
    self.database = database
    self.name = name
    self.kind = kind
    if let initial, try !database.contains(name) {
      try database.putIfAbsent(name, packed.bytes(of: initial.span), type: .pack)
    }
    guard let type = try database.type(name) else { throw notFound }
    guard type == .pack else {
      throw StoreError(
        .typeMismatch, place: place, reason: "it is \(type), not \(TypeID.pack)",
        remedy: "use another name")
    }
    try lend { _ throws(StoreError) in }
  }

  private var place: String { "database '\(database.name)', \(kind) '\(name)'" }

  private var notFound: StoreError {
    StoreError(
      .notFound, place: place, reason: "there is no such entry",
      remedy: "create it first, or check the name with 'lava db keys \(database.name)'")
  }

  /// Lends the elements of one version.
  ///
  /// - Throws: `notFound`, `typeMismatch`, `corrupt`; what `body` throws.
  func withElements<Result>(_ body: (Span<Element>) throws -> Result) throws -> Result {
    let result = try database.withValue(name) { bytes, _ in
      try packed.withElements(in: checkedView(bytes), body)
    }
    guard let result else { throw notFound }
    return result
  }

  /// The same, for bodies that throw nothing but what the store does.
  func lend<Result>(
    _ body: (Span<Element>) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    do {
      return try withElements(body)
    } catch let error as StoreError {
      throw error
    } catch {
      preconditionFailure("neither the store nor the body throws other errors")
    }
  }

  /// A copy of the elements of one version.
  ///
  /// - Throws: `notFound`, `typeMismatch`, `corrupt`.
  func load() throws(StoreError) -> Version {
    guard let entry = try database.entry(name) else { throw notFound }
    let view = try checkedView(entry.bytes.rawSpan)
    let elements = packed.withElements(in: view) { span in
      [Element](copying: span)
    }
    return Version(elements: elements, generation: entry.generation)
  }

  /// Replaces whatever there is.
  func store(_ elements: Span<Element>) throws(StoreError) -> UInt64 {
    try database.put(name, packed.bytes(of: elements), type: .pack)
  }

  /// Replaces the version that `generation` names; `nil` when there is another.
  func compareAndSet(
    _ elements: Span<Element>, generation: UInt64
  ) throws(StoreError) -> UInt64? {
    try database.compareAndSet(
      name, packed.bytes(of: elements), type: .pack, generation: generation)
  }

  /// Replaces the version that there is by what `change` makes of it, again and again until nobody
  /// was faster.
  func update<Result>(
    attempts: Int, _ change: (inout [Element]) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    for attempt in 0..<attempts {
      var version = try load()
      let result = try change(&version.elements)
      if try compareAndSet(version.elements.span, generation: version.generation) != nil {
        return result
      }
      for _ in 0..<min(attempt, 64) { spinHint() }
    }
    throw StoreError(
      .contended, place: place,
      reason: "others changed it before each of \(attempts) attempts to update it",
      remedy: "try again, or let fewer update it")
  }

  @_lifetime(copy bytes)
  private func checkedView(_ bytes: RawSpan) throws(StoreError) -> Pack.View {
    do throws(StoreError) {
      let view = try Pack.View(bytes)
      try packed.check(view)
      return view
    } catch {
      throw error.at(place)
    }
  }
}
