import SharedMemory

/// The keys of values that a structure keeps beside itself, because they do not fit into it.
///
///     STRUCTURE/payload/NUMBER
///
/// They are of no use without their structure, and so are not saved where that is not.
///
/// **Concurrency.** A namespace.
public enum PayloadKey {
  private static let middle = "/payload/"

  /// The kinds of structures that keep such values.
  static let kinds: [TypeID] = [.queue, .table]

  /// The key of a structure's value with `number`.
  public static func key(of structure: String, number: UInt64) -> String {
    "\(prefix(of: structure))\(number)"
  }

  /// What the keys of all values of a structure begin with.
  static func prefix(of structure: String) -> String { "\(structure)\(middle)" }

  /// The name of the structure that a value of this key would belong to; `nil` for keys of another
  /// form.
  static func structure(of key: [UInt8]) -> [UInt8]? {
    let middle = Array(middle.utf8)
    let digits = key.reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let rest = key.dropLast(digits.count)
    guard !digits.isEmpty, rest.count > middle.count,
      rest.suffix(middle.count).elementsEqual(middle)
    else { return nil }
    return Array(rest.dropLast(middle.count))
  }
}
