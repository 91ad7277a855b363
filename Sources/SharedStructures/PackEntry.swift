import SharedMemory
import SimDB

/// An entry that is a pack of elements of one layout, which is replaced as a whole.
///
/// Every version is an entry of its own incarnation, so that whoever reads one keeps it, and holds
/// up nobody who makes the next. What depends on the type of the elements is inlined where that
/// type is known.
///
/// **Concurrency.** `Sendable`; all state is in the database.
@usableFromInline
struct PackEntry: Sendable {
  @usableFromInline let database: Database
  let name: String
  /// The name's bytes.
  @usableFromInline let key: [UInt8]
  /// What it is in the words of errors, such as `state`.
  private let kind: String
  private let packed: PackedLayout

  /// Attaches to the entry, creating it if there are elements to begin with and it is absent.
  ///
  /// - Throws: `notFound`, `typeMismatch`; as a put.
  init<Element: SharedValue>(
    _ database: Database, _ name: String, kind: String, of type: Element.Type,
    creating initial: [Element]?
  ) throws(StoreError) {
    self.database = database
    self.name = name
    self.kind = kind
    key = Array(name.utf8)
    packed = PackedLayout(of: type)
    if let initial, try !database.contains(name) {
      let span = initial.span
      try database.putIfAbsent(
        name, packed.bytes(of: span.plainBytes, count: span.count), type: .pack)
    }
    guard let type = try database.type(name) else { throw notFound }
    guard type == .pack else {
      throw StoreError(
        .typeMismatch, place: place, reason: "it is \(type), not \(TypeID.pack)",
        remedy: "use another name")
    }
    try lend(as: Element.self) { _ throws(StoreError) in }
  }

  private var place: String { "database '\(database.name)', \(kind) '\(name)'" }

  @usableFromInline
  var notFound: StoreError {
    StoreError(
      .notFound, place: place, reason: "there is no such entry",
      remedy: "create it first, or check the name with 'lava db keys \(database.name)'")
  }

  /// The bytes of the elements in those of a version.
  ///
  /// - Throws: `typeMismatch`, `corrupt`, `incompatible`.
  @usableFromInline
  @_lifetime(copy bytes)
  func elements(in bytes: RawSpan) throws(StoreError) -> RawSpan {
    do throws(StoreError) {
      return try packed.elements(in: Pack.View(bytes))
    } catch {
      throw error.at(place)
    }
  }

  // MARK: Reading

  /// Lends the elements of one version.
  ///
  /// - Throws: `notFound`, `typeMismatch`, `corrupt`; what `body` throws.
  @inlinable
  func withElements<Element: SharedValue, Result>(
    as type: Element.Type, _ body: (Span<Element>) throws -> Result
  ) throws -> Result {
    let result = try database.withValue(key) { bytes, _ in
      try elements(in: bytes).withElements(of: type, body)
    }
    guard let result else { throw notFound }
    return result
  }

  /// The same, for bodies that throw nothing but what the store does.
  @inlinable
  func lend<Element: SharedValue, Result>(
    as type: Element.Type, _ body: (Span<Element>) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    do {
      return try withElements(as: type, body)
    } catch let error as StoreError {
      throw error
    } catch {
      preconditionFailure("neither the store nor the body throws other errors")
    }
  }

  /// A copy of the elements of one version, and what names it.
  ///
  /// - Throws: `notFound`, `typeMismatch`, `corrupt`.
  @inlinable
  func version<Element: SharedValue>(
    of type: Element.Type
  ) throws(StoreError) -> (elements: [Element], generation: UInt64) {
    guard let entry = try database.entry(key) else { throw notFound }
    let bytes = entry.bytes
    let copy = try elements(in: bytes.rawSpan).withElements(of: type) { [Element](copying: $0) }
    return (copy, entry.generation)
  }

  // MARK: Writing

  /// Replaces whatever there is by `count` elements.
  @usableFromInline
  func store(_ elements: RawSpan, count: Int) throws(StoreError) -> UInt64 {
    let generation = try database.putIfFilled(
      key, count: packed.byteCount(of: elements), type: .pack
    ) { bytes in
      packed.write(elements, count: count, to: &bytes)
      return true
    }
    return generation!
  }

  /// Replaces the version that `generation` names; `nil` when there is another.
  @usableFromInline
  func compareAndSet(
    _ elements: RawSpan, count: Int, generation: UInt64
  ) throws(StoreError) -> UInt64? {
    try database.compareAndSet(
      key, packed.bytes(of: elements, count: count), type: .pack, generation: generation)
  }

  /// Replaces the version that there is by what `change` makes of it, again and again until nobody
  /// was faster.
  @inlinable
  func update<Element: SharedValue, Result>(
    attempts: Int, _ change: (inout [Element]) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    for attempt in 0..<attempts {
      var (elements, generation) = try version(of: Element.self)
      let result = try change(&elements)
      let span = elements.span
      if try compareAndSet(span.plainBytes, count: span.count, generation: generation) != nil {
        return result
      }
      for _ in 0..<min(attempt, 64) { spinHint() }
    }
    throw contended(attempts)
  }

  @usableFromInline
  func contended(_ attempts: Int) -> StoreError {
    StoreError(
      .contended, place: place,
      reason: "others changed it before each of \(attempts) attempts to update it",
      remedy: "try again, or let fewer update it")
  }
}
