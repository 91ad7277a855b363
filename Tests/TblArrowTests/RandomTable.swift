import Tbl

/// A table of columns of every kind, with what a stream keeps: nulls are cleared, and there is one.
struct RandomTable {
  let table: Tbl

  init<R: RandomNumberGenerator>(using random: inout R) throws(TblError) {
    var builder = Tbl.Builder()
    // The first column says how many rows there are.
    let rows = Int.random(in: 0...30, using: &random)
    builder.set("first", vector: [UInt8](repeating: 7, count: rows))
    Self.fill(&builder, rows: rows, depth: 2, using: &random)
    table = try builder.finish()
  }

  private static func fill<R: RandomNumberGenerator>(
    _ builder: inout Tbl.Builder, rows: Int, depth: Int, using random: inout R
  ) {
    for index in 0..<Int.random(in: 1...12, using: &random) {
      let key = ["", "é", "a.b", "valid", "column"].randomElement(using: &random)! + "\(index)"
      switch Int.random(in: 0...9, using: &random) {
      case 0:
        builder.setNil(key)
      case 1, 2:
        var valid = (0..<rows).map { _ in Bool.random(using: &random) }
        guard rows > 0 else { continue }
        valid[Int.random(in: 0..<rows, using: &random)] = false
        let isStruct = depth > 0 && Int.random(in: 0...3, using: &random) == 0
        builder.set(key, valid: valid) { table in
          if isStruct {
            table.set("values") { values in
              values.set("first", vector: [Bool](repeating: true, count: rows))
              fill(&values, rows: rows, depth: depth - 1, using: &random)
            }
          } else {
            setVector("values", in: &table, rows: rows, valid: valid, using: &random)
          }
        }
      case 3:
        let (kind, unit, zone) = [
          ("timestamp", "s", "UTC"), ("timestamp", "ns", nil), ("time", "us", nil),
          ("duration", "ms", nil), ("date", "ms", nil),
        ].randomElement(using: &random)!
        let times = (0..<rows).map { _ in Int64.random(in: -9...9, using: &random) * 86_400_000 }
        builder.set(key, kind, unit, zone: zone, times.map { kind == "time" ? abs($0) : $0 })
      case 4 where depth > 0:
        builder.set(key) { table in
          table.set("first", vector: [Int8](repeating: 1, count: rows))
          fill(&table, rows: rows, depth: depth - 1, using: &random)
        }
      default:
        setVector(key, in: &builder, rows: rows, valid: nil, using: &random)
      }
    }
  }

  /// Sets `key` to a vector of random type, in which what is not valid is 0 or empty.
  private static func setVector<R: RandomNumberGenerator>(
    _ key: String, in builder: inout Tbl.Builder, rows: Int, valid: [Bool]?, using random: inout R
  ) {
    let inner = Int.random(in: 0...2, using: &random) == 0 ? [3] : []
    let width = inner.first ?? 1
    let isThere = (0..<(rows * width)).map { valid?[$0 / width] ?? true }
    let shape = inner.isEmpty ? nil : [rows] + inner
    func set<T: Tbl.Scalar & FixedWidthInteger>(_ type: T.Type) {
      let values = isThere.map { $0 ? T.random(in: T.min...T.max, using: &random) : 0 }
      builder.set(key, vector: values, shape: shape)
    }
    switch Int.random(in: 0...13, using: &random) {
    case 0: set(Int8.self)
    case 1: set(Int16.self)
    case 2: set(Int32.self)
    case 3: set(Int64.self)
    case 4: set(UInt8.self)
    case 5: set(UInt16.self)
    case 6: set(UInt32.self)
    case 7: set(UInt64.self)
    case 8:
      let values = isThere.map { $0 ? Float.random(in: -1...1, using: &random) : 0 }
      builder.set(key, vector: values, shape: shape)
    case 9:
      let values = isThere.map { $0 ? Double.random(in: -1...1, using: &random) : 0 }
      builder.set(key, vector: values, shape: shape)
    case 10:
      let values = isThere.map { $0 && Bool.random(using: &random) }
      builder.set(key, vector: values, shape: shape)
    case 11 where inner.isEmpty:
      let values = isThere.map { $0 ? UInt16.random(in: 0...0x7BFF, using: &random) : 0 }
      builder.set(key, halfBits: values)
    case 12 where inner.isEmpty:
      let values = isThere.map { isThere in
        [UInt8](repeating: 0xFF, count: isThere ? Int.random(in: 0...9, using: &random) : 0)
      }
      builder.set(key, byteStrings(values))
    default:
      let words = ["", "a", "é", "😀😀", "some words"]
      let values = isThere.map { $0 ? words.randomElement(using: &random)! : "" }
      builder.set(key, vector: values, shape: shape)
    }
  }
}
