import TestSupport
import Testing

@testable import Tbl

@Suite struct Tensors {
  /// Every part of a tensor beside the same done with arrays of indices.
  private struct Model {
    var shape: [Int]
    /// Row-major.
    var elements: [Int32]

    func element(_ indices: [Int]) -> Int32 {
      elements[zip(indices, shape).reduce(0) { $0 * $1.1 + $1.0 }]
    }

    /// All indices in row-major order.
    static func indices(_ shape: [Int]) -> [[Int]] {
      shape.reduce([[]]) { all, length in all.flatMap { part in (0..<length).map { part + [$0] } } }
    }

    /// The tensor whose element at some indices is this one's at `place` of them.
    func mapped(_ shape: [Int], _ place: ([Int]) -> [Int]) -> Model {
      Model(shape: shape, elements: Self.indices(shape).map { element(place($0)) })
    }
  }

  private func check(_ tensor: Tbl.Tensor<Int32>, _ model: Model) {
    #expect(tensor.shape == model.shape)
    #expect(tensor.copied() == model.elements)
    #expect((0..<tensor.count).map { tensor.element($0) } == model.elements)
    if let span = tensor.contiguous {
      #expect((0..<span.count).map { span[$0] } == model.elements)
    }
    for indices in Model.indices(model.shape) where indices.count < 4 {
      let found =
        switch indices.count {
        case 1: tensor[indices[0]]
        case 2: tensor[indices[0], indices[1]]
        default: tensor[indices[0], indices[1], indices[2]]
        }
      #expect(found == model.element(indices))
    }
  }

  /// Parts of parts, down to `depth`.
  private func walk(
    _ tensor: Tbl.Tensor<Int32>, _ model: Model, _ random: inout SeededGenerator, _ depth: Int
  ) throws {
    check(tensor, model)
    try store(tensor, model)
    guard depth > 0 else { return }
    let dimension = Int.random(in: 0..<tensor.rank, using: &random)
    let length = model.shape[dimension]
    switch Int.random(in: 0...2, using: &random) {
    case 0 where tensor.rank > 1 && length > 0:
      let index = Int.random(in: 0..<length, using: &random)
      var shape = model.shape
      shape.remove(at: dimension)
      let part = model.mapped(shape) { indices in
        var indices = indices
        indices.insert(index, at: dimension)
        return indices
      }
      try walk(tensor.selecting(index, of: dimension), part, &random, depth - 1)
    case 1:
      let start = Int.random(in: 0...length, using: &random)
      let end = Int.random(in: start...length, using: &random)
      var shape = model.shape
      shape[dimension] = end - start
      let part = model.mapped(shape) { indices in
        var indices = indices
        indices[dimension] += start
        return indices
      }
      try walk(tensor.slicing(start..<end, of: dimension), part, &random, depth - 1)
    default:
      let order = Array(0..<tensor.rank).shuffled(using: &random)
      let turned = model.mapped(order.map { model.shape[$0] }) { indices in
        var original = indices
        for (place, dimension) in order.enumerated() { original[dimension] = indices[place] }
        return original
      }
      try walk(tensor.transposed(order), turned, &random, depth - 1)
    }
  }

  /// With strides and without, a document gives back what was put in, and is valid.
  private func store(_ tensor: Tbl.Tensor<Int32>, _ model: Model) throws {
    for keepingStrides in [false, true] {
      let table = try build { builder in
        builder.set("odd", "x")
        builder.set("tensor", tensor: tensor, keepingStrides: keepingStrides)
        builder.setVector(tensor: tensor, keepingStrides: keepingStrides)
      }
      let read = try Tbl(validating: table.bytes)
      #expect(read["tensor"] == .ints(model.elements.map { Int64($0) }))
      #expect(read.shape("tensor") == model.shape)
      #expect(read.vector == read["tensor"] && read.vectorShape == model.shape)
      #expect((table.bytes[6] == 1) == (keepingStrides && tensor.contiguous == nil))
      #expect(try read.json(nonFinite: .null).isEmpty == false && read.description.isEmpty == false)
      try read.withView { (view) throws in
        guard let field = try view.field("tensor"), let stored = try field.tensor(of: Int32.self)
        else {
          Issue.record("no tensor")
          return
        }
        check(stored, model)
        #expect(try field.span(of: Int32.self) == nil || stored.contiguous != nil)
        for index in 0..<field.count {
          #expect(try field.element(at: index).int == Int64(model.elements[index]))
        }
      }
    }
  }

  @Test func `parts of parts of tensors are what arrays say`() throws {
    var random = seeded("parts of parts of tensors are what arrays say")
    for _ in 0..<200 {
      let rank = Int.random(in: 1...4, using: &random)
      let shape = (0..<rank).map { _ in Int.random(in: 0...4, using: &random) }
      let count = shape.reduce(1, *)
      let elements = (0..<count).map { _ in Int32.random(in: .min ... .max, using: &random) }
      let model = Model(shape: shape, elements: elements)
      try walk(Tbl.Tensor(elements.span, shape: shape), model, &random, 4)
    }
  }

  @Test func `rows with a pitch`() throws {
    // Two rows of three, four apart.
    let pixels: [UInt8] = [1, 2, 3, 99, 4, 5, 6]
    let image = try Tbl.Tensor(pixels.span, shape: [2, 3], strides: [4, 1])
    #expect(image.copied() == [1, 2, 3, 4, 5, 6] && image.contiguous == nil)
    let table = try build { $0.set("image", tensor: image, keepingStrides: true) }
    #expect(table["image"] == .uints([1, 2, 3, 4, 5, 6]))
    #expect(!table.bytes.contains(99), "what lies between the rows is nobody's")
    #expect(try table.json(nonFinite: .null) == #"{"image":[[1,2,3],[4,5,6]]}"#)
  }

  @Test(arguments: [
    ([2, 3], [1, 1]), ([2, 3], [2, 1]), ([2, 3], [0, 1]), ([2, 3], [4]), ([2, 3], [4, -1]),
    ([], []),
    ([2, 3], [5, 1]), ([2, 2], [1 << 33, 1]), ([3, 1 << 31], [1 << 31, 1]),
  ])
  func `strides that lead twice to one element, or outside, are refused`(
    shape: [Int], strides: [Int]
  ) {
    let elements = [Int32](repeating: 0, count: 7)
    #expect(
      failure { () throws(TblError) in
        _ = try Tbl.Tensor(elements.span, shape: shape, strides: strides)
      } == .wrongShape)
  }

  @Test func `damaged strides are refused`() throws {
    let elements = (0..<12).map { Int32($0) }
    let tensor = try Tbl.Tensor(elements.span, shape: [3, 4]).slicing(1..<3, of: 1)
    let bytes = try build { $0.setVector(tensor: tensor, keepingStrides: true) }.bytes
    // Strides and dimensions stand at 32 to 47, elements from 48 on.
    #expect(
      bytes.word(32) == 4 && bytes.word(36) == 1 && bytes.word(40) == 3 && bytes.word(44) == 2)
    func refused(_ change: (inout [UInt8]) -> Void) -> Bool {
      var damaged = bytes
      change(&damaged)
      return failure { () throws(TblError) in _ = try Tbl(validating: damaged) } != nil
    }
    #expect(!refused { _ in })
    #expect(refused { $0[6] = 0 }, "the feature is not announced")
    #expect(refused { $0[22] = 0 }, "the record has no strides")
    #expect(refused { $0.put(UInt32(2), at: 32) }, "rows one behind the other need no strides")
    #expect(refused { $0.put(UInt32(1), at: 32) }, "two elements at one place")
    #expect(refused { $0.put(UInt32(5), at: 32) }, "past the next region")
    #expect(refused { $0.put(UInt32.max, at: 32) })
    #expect(refused { $0.put(UInt32(1), at: 48 + 8) }, "a gap that is not 0")
    #expect(refused { $0[22] = 2 }, "a flag that nobody knows")
  }

  @Test func `parts of what has no elements have none, however large its other dimensions`() throws
  {
    let most = Int(UInt32.max)
    let table = try build { builder in
      builder.set("empty", vector: [] as [Float], shape: [most, most, most, 0])
    }
    let read = try Tbl(validating: table.bytes)
    try read.withView { (view) throws in
      guard let tensor = try view.field("empty")?.tensor(of: Float.self) else {
        Issue.record("no tensor")
        return
      }
      #expect(tensor.selecting(most - 1, of: 0).shape == [most, most, 0])
      #expect(tensor.slicing(5..<most, of: 1).shape == [most, most - 5, most, 0])
      #expect(tensor.selecting(7, of: 2).selecting(1, of: 0).copied() == [])
      #expect(tensor.transposed().slicing(most - 1..<most, of: 3).count == 0)
    }
  }
}
