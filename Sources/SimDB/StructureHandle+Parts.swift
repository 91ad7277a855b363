import SharedMemory

/// Structures that grow, in entries beside their own.
///
///     STRUCTURE/part/INSTANCE/NUMBER
///
/// The instance names one incarnation of the structure, so that one which is deleted and made again
/// under its name has nothing to do with the parts of the old one. A part is an entry of type
/// `part`: it is pinned while a handle on it stands, and goes when it is removed and nobody has it.
/// Whoever dies while a part is made leaves it whole or not at all.
extension StructureHandle {
  /// Names this incarnation of the structure among all of its name.
  public var instance: UInt64 { word.incarnation }

  /// The key of a part.
  public func partKey(_ number: UInt64) -> String {
    "\(PartKey.prefix(of: name))\(instance)/\(number)"
  }

  /// Attaches to a part, creating it if asked to and absent.
  ///
  /// **Concurrency.** Any number of processes may create at once: one wins, the others attach.
  ///
  /// - Parameters:
  ///   - number: Which.
  ///   - creating: Bytes it takes, and what fills them while nobody sees them.
  ///   - clearedByteCount: How many of them, from the first on, are zero before; all by default.
  /// - Returns: `nil` when there is none and none is to be created.
  /// - Throws: As ``Database/structure(_:type:creating:clearedByteCount:)``.
  public func part(
    _ number: UInt64, creating: (byteCount: Int, initialize: (SharedRegion) -> Void)? = nil,
    clearedByteCount: Int = .max
  ) throws(StoreError) -> StructureHandle? {
    do throws(StoreError) {
      return try database.structure(
        partKey(number), type: .part, creating: creating, clearedByteCount: clearedByteCount)
    } catch {
      guard error.code == .notFound, creating == nil else { throw error }
      return nil
    }
  }

  /// Removes a part; who has it goes on with it.
  ///
  /// - Returns: Whether it was there.
  /// - Throws: `readOnly`, `full`.
  @discardableResult
  public func removePart(_ number: UInt64) throws(StoreError) -> Bool {
    try database.delete(partKey(number))
  }

  /// The numbers of the parts that there are, and of those of which only parts of their own are
  /// left.
  ///
  /// **Concurrency.** Parts that come or go meanwhile may be among them or not.
  ///
  /// - Throws: `segmentLost`.
  /// - Complexity: O(slots of the index).
  public func partNumbers() throws(StoreError) -> Set<UInt64> {
    let prefix = Array(partKey(0).utf8.dropLast())
    let numbers = try database.keys(prefix: prefix).compactMap { key in
      let digits = key.dropFirst(prefix.count).prefix { $0 != UInt8(ascii: "/") }
      return UInt64(String(decoding: digits, as: UTF8.self))
    }
    return Set(numbers)
  }
}

/// The keys of parts.
enum PartKey {
  /// What the keys of all parts of a structure begin with.
  static func prefix(of structure: String) -> String { "\(structure)/part/" }

  /// Whether a key that begins like those of the parts of `structure` is one of them, or of something
  /// that a part keeps beside itself.
  static func isOfPart(_ key: [UInt8], of structure: String) -> Bool {
    let numbers = key.dropFirst(prefix(of: structure).utf8.count)
      .split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false).prefix(2)
    return numbers.count == 2
      && numbers.allSatisfy { UInt64(String(decoding: $0, as: UTF8.self)) != nil }
  }

  /// The structures that a part of this key, or what a part keeps beside itself, would belong to,
  /// the outermost first, and which incarnation of each.
  static func structures(of key: [UInt8]) -> [(name: String, instance: UInt64)] {
    let middle = Array(prefix(of: "").utf8)
    guard key.count > middle.count else { return [] }
    return (1...key.count - middle.count).compactMap { end in
      guard key[end..<end + middle.count].elementsEqual(middle),
        let name = String(validating: key[..<end], as: UTF8.self), isOfPart(key, of: name),
        let instance = key[(end + middle.count)...].split(
          separator: UInt8(ascii: "/"), maxSplits: 1
        ).first
      else { return nil }
      return UInt64(String(decoding: instance, as: UTF8.self)).map { (name, $0) }
    }
  }
}

/// A structure that an entry belongs to.
///
/// **Concurrency.** A value.
public struct StructureOwner: Hashable, Sendable {
  /// Key of the structure's own entry.
  public let name: String
  /// What kind of structure it is.
  public let type: TypeID
}

extension Database {
  /// The structure that keeps the entry of `key` beside its own: that of one of its parts, or of a
  /// value that does not fit into it.
  ///
  /// **Concurrency.** Writes nothing; it may have come or gone when the answer arrives.
  ///
  /// - Returns: `nil` where there is no such structure any more, as where a part belonged to one that
  ///   was deleted and made again since. An entry of `key` need not be there.
  /// - Throws: `segmentLost`, `corrupt`.
  /// - Complexity: O(length of the key) and that of looking for a structure, for each that the key
  ///   may name.
  public func structureOwner(of key: [UInt8]) throws(StoreError) -> StructureOwner? {
    for (name, instance) in PartKey.structures(of: key) {
      guard let type = try structureType(name) else { continue }
      do throws(StoreError) {
        if try structure(name, type: type, creating: nil).instance == instance {
          return StructureOwner(name: name, type: type)
        }
      } catch {
        // It went, or became another, since its type was read.
        guard [.notFound, .typeMismatch].contains(error.code) else { throw error }
      }
    }
    guard let bytes = PayloadKey.structure(of: key),
      let name = String(validating: bytes, as: UTF8.self), let type = try structureType(name),
      PayloadKey.kinds.contains(type)
    else { return nil }
    return StructureOwner(name: name, type: type)
  }

  private func structureType(_ name: String) throws(StoreError) -> TypeID? {
    guard let type = try type(name), type.isStructure else { return nil }
    return type
  }

  /// Deletes a structure with its parts and with the values that it keeps beside itself.
  ///
  /// What a killed process left of a structure that it was deleting goes as well, also when the
  /// structure's own entry is gone already.
  ///
  /// **Concurrency.** Users of the structure go on with what they have pinned; who comes later
  /// finds nothing. Not to be called while another makes a structure of the same name.
  ///
  /// - Returns: Whether there was any of it.
  /// - Throws: As ``delete(_:)``.
  /// - Complexity: O(slots of the index).
  @discardableResult
  public func deleteStructure(_ name: String) throws(StoreError) -> Bool {
    let type = try type(name)
    var isFound = try delete(name)
    // Entries of others may be named so that they begin alike.
    let parts = try keys(prefix: PartKey.prefix(of: name))
      .filter { PartKey.isOfPart($0, of: name) }
    let keepsPayloads = type.map(PayloadKey.kinds.contains) ?? true
    let payloads =
      try keepsPayloads
      ? keys(prefix: PayloadKey.prefix(of: name))
        .filter { PayloadKey.structure(of: $0) == Array(name.utf8) } : []
    for key in parts + payloads where try delete(key) { isFound = true }
    return isFound
  }
}
