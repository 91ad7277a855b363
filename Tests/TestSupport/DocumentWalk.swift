import SharedMemory
import Tbl

/// Reads a document in place in every way, whatever its bytes are.
///
/// Tables that were not validated may share what is below them, so that a walk needs a bound of its
/// own. What fails ends nothing: the next is looked at all the same.
public struct DocumentWalk {
  /// Elements that may still be looked at.
  private var budget = 20_000
  /// Of long vectors and maps only the first are looked at one by one.
  private static let mostParts = 40

  /// A walk that has not begun.
  public init() {}

  /// Looks at all that bytes hold, which another process may change meanwhile.
  public mutating func all(of bytes: RawSpan) {
    try? table(Tbl.View(bytes))
  }

  private mutating func table(_ view: borrowing Tbl.View) {
    guard spend(8 + view.count) else { return }
    precondition(view.document.byteCount >= 32 + 24 * view.count, "more entries than bytes")
    try? ownVector(of: view)
    for index in 0..<min(view.count, Self.mostParts) {
      try? entry(index, of: view)
    }
    try? lookups(view, "absent")
  }

  private mutating func ownVector(of view: borrowing Tbl.View) throws(TblError) {
    guard let vector = try view.vector() else { return }
    field(vector)
  }

  private mutating func entry(_ index: Int, of view: borrowing Tbl.View) throws(TblError) {
    field(try view.field(at: index))
    Self.touch(try view.keyBytes(at: index))
    try lookups(view, view.key(at: index))
  }

  private func lookups(_ view: borrowing Tbl.View, _ key: String) throws(TblError) {
    // One of another type throws nothing, and gives nil.
    _ = try view.field(key)?.count
    _ = (try view.int(key), try view.uint(key), try view.double(key), try view.bool(key))
    _ = try view.string(key)
    _ = try view.table(key)?.count
    _ = try view.field(at: Tbl.Path(parts: [key, "0", key]))?.count
    try Self.sum(view.span(key, of: Double.self))
  }

  private mutating func field(_ field: borrowing Tbl.Field) {
    guard spend(4 + field.count) else { return }
    for way in 0..<Self.ways { try? Self.look(way, at: field) }
    try? nested(field)
    for index in 0..<min(field.count, Self.mostParts) { try? element(index, of: field) }
  }

  private mutating func nested(_ field: borrowing Tbl.Field) throws(TblError) {
    guard let view = try field.table() else { return }
    table(view)
  }

  private mutating func element(
    _ index: Int, of field: borrowing Tbl.Field
  ) throws(TblError) {
    if let part = try field.bytes(at: index) { Self.touch(part) }
    _ = try field.string(at: index)
    if let view = try field.table(at: index) { table(view) }
    if let value = try field.value(at: index) { self.field(value) }
    guard spend(1) else { return }
    let element = try field.element(at: index)
    _ = (element.int, element.uint, element.double, element.bool)
    _ = try element.value()
  }

  private mutating func spend(_ cost: Int) -> Bool {
    budget -= cost
    return budget > 0
  }

  // MARK: Ways to look

  /// Each of these may fail where the others do not.
  private static func look(_ way: Int, at field: borrowing Tbl.Field) throws(TblError) {
    switch way {
    case 0: _ = (field.int, field.uint, field.double, field.bool, field.type.name)
    case 1: _ = try field.shape()
    case 2: if let bytes = try field.bytes() { touch(bytes) }
    case 3: _ = try field.string()
    case 4: _ = try field.ints()
    case 5: _ = try field.uints()
    case 6: _ = try field.doubles()
    case 7: _ = try field.floats()
    case 8: _ = try field.bools()
    case 9: _ = try field.strings()
    case 10: _ = try field.byteStrings()
    case 11: _ = try field.tables()
    case 12: _ = try field.value()
    case 13: _ = try field.statistics()
    case 14: _ = try field.quantiles([0, 0.25, 0.5, 1])
    case 15: _ = try field.histogram(in: -1...1, count: 10)
    case 16: try spans(field)
    case 17: try parts(field)
    default: try copies(field)
    }
  }

  private static let ways = 19

  /// What is in the last third of a vector, and in the first element of that.
  private static func parts(_ field: borrowing Tbl.Field) throws(TblError) {
    guard let length = try field.shape().first, length > 0,
      let part = try field.slicing((length - (length + 2) / 3)..<length)
    else { return }
    for way in [1, 3, 4, 8, 9, 10, 12, 13] { try look(way, at: part) }
    try spans(part)
    try copies(part)
    if let first = try part.slicing(0..<1) { _ = try first.value() }
  }

  private static func spans(_ field: borrowing Tbl.Field) throws(TblError) {
    try sum(field.span(of: Int8.self))
    try sum(field.span(of: UInt16.self))
    try sum(field.span(of: Int32.self))
    try sum(field.span(of: UInt64.self))
    try sum(field.span(of: Float16.self))
    try sum(field.span(of: Float.self))
    try sum(field.span(of: Double.self))
    _ = try field.tensor(of: UInt8.self)?.copied()
    _ = try field.tensor(of: Int16.self)?.copied()
    _ = try field.tensor(of: UInt32.self)?.transposed().copied()
    _ = try field.tensor(of: Int64.self)?.copied()
    _ = try field.tensor(of: Double.self)?.transposed().copied()
  }

  /// Puts the field into another document, which must then be valid.
  private static func copies(_ field: borrowing Tbl.Field) throws(TblError) {
    var builder = Tbl.Builder()
    // Only validated tables are copied from; damage is found at the end.
    builder.set("copy", field)
    if field.isVector { builder.setVector(field) }
    let table = try (consume builder).finish()
    precondition((try? Tbl(validating: table.bytes)) == table, "a copy is no document")
  }

  private static func sum<Number: Tbl.Scalar>(_ numbers: Span<Number>?) {
    guard let numbers else { return }
    var sum = 0.0
    for index in numbers.indices { sum += numbers[index].double }
    precondition(!sum.isNaN || numbers.count > 0)
  }

  private static func touch(_ bytes: RawSpan) {
    precondition(bytes.array.count == bytes.byteCount)
  }
}
