import SharedMemory
import Tbl
import TestSupport

/// Bytes as a document: read in place as they are, and in every other way where they are valid.
extension FuzzTarget {
  static let tbl = FuzzTarget(name: "tbl", seeds: seededDocuments) { input in
    var walk = DocumentWalk()
    walk.all(of: input.rawSpan)
    changeInPlace(input)
    if let table = try? Tbl(validating: input) { ValidDocument(table).check() }
  }

  /// Numbers of a document that nobody has validated are changed, which may make others of them
  /// other ones, but nothing worse.
  private static func changeInPlace(_ input: [UInt8]) {
    var bytes = input
    try? bytes.withMutableBytes { bytes in
      var view = try Tbl.MutableView(bytes._mutatingExtracting(...))
      for path in ["i8", "f64", "inner.i8", "vector.1", "1"] as [Tbl.Path] {
        _ = try? view.set(path, 3)
        _ = try? view.set(path, true)
        _ = try? view.withMutableSpan(path, of: Double.self) { $0.update(repeating: 1) }
      }
    }
  }

  /// Documents of all types, nested, with strides, with an index.
  private static func seededDocuments() throws -> [[UInt8]] {
    var inner = Tbl.Builder()
    inner.set("i8", Int8(-1))
    inner.set(
      "deep", value: .values([.int(1), .string("é"), .none, .bytes([1, 2]), .floats([1])]))
    let table = try inner.finish()
    return try [
      document { _ in },
      document { builder in
        builder.setNil("nil")
        builder.set("bool", true)
        builder.set("i8", Int8.min)
        builder.set("i16", Int16.max)
        builder.set("i32", Int32(-3))
        builder.set("i64", Int64.min)
        builder.set("u8", UInt8.max)
        builder.set("u16", UInt16(1))
        builder.set("u32", UInt32.max)
        builder.set("u64", UInt64.max)
        builder.set("f16", Float16(0.5))
        builder.set("f32", Float.infinity)
        builder.set("f64", 0.1)
        builder.set("string", "text\n")
        builder.set("bytes", bytes: [0, 255, 7])
        builder.set("$inner", table)
      },
      document { builder in
        builder.setVector(values: [
          .int(1), .table(table), .values([.bool(true), .doubles([.nan])]),
        ])
        builder.set("bools", vector: [true, false, true])
        builder.set("vector", vector: [Int8(1), -2, 3])
        builder.set("matrix", vector: [1.5, 2, 3, 4, 5, 6], shape: [2, 3])
        builder.set("texts", vector: ["a", "", "é"], shape: [3])
        builder.set("tables", vector: [table, table])
      },
      document { builder in
        let numbers: [Int16] = [1, 0, 2, 0, 3, 4, 0, 5, 0, 6]
        if let tensor = try? Tbl.Tensor(numbers.span, shape: [2, 3], strides: [5, 2]) {
          builder.setVector(tensor: tensor, keepingStrides: true)
          builder.set("strides", tensor: tensor, keepingStrides: true)
        }
        builder.set("halves", vector: [Float16(1), .nan])
        builder.set("empty", vector: [Double](), shape: [7, 0])
      },
      nested(depth: 40),
    ]
  }

  private static func document(_ fill: (inout Tbl.Builder) -> Void) throws -> [UInt8] {
    var builder = Tbl.Builder()
    fill(&builder)
    return try (consume builder).finish().bytes
  }

  private static func nested(depth: Int) throws -> [UInt8] {
    var table = try Tbl(json: "[1, 2.5, [3]]")
    for level in 0..<depth {
      let inside = table
      table = try Tbl(
        validating: document { builder in
          builder.set("level", level)
          builder.set("inner", inside)
        })
    }
    return table.bytes
  }
}
