import TestSupport
import Testing

@testable import Registry

@Suite struct ShapeTests {
  typealias Shape = DataType.Shape

  /// Against all shapes up to four dimensions of 0 to 2.
  @Test func `one shape fits another just when all that have it have the other`() {
    let concrete = Self.lists(of: [0, 1, 2], upTo: 4)
    let dimensions: [Shape.Dimension] = [.any, .several, .size(0), .size(1)]
    let shapes = Self.lists(of: dimensions, upTo: 3)
      .filter { list in list.count { $0 == .several } <= 1 }
      .map(Shape.init)
    let members = shapes.map { shape in concrete.indices.filter { Self.has(concrete[$0], shape) } }
    for (index, shape) in shapes.enumerated() {
      for (other, pattern) in shapes.enumerated() {
        #expect(
          shape.fits(pattern) == Set(members[index]).isSubset(of: members[other]),
          "\(shape) in \(pattern)")
      }
    }
  }

  /// Whether `sizes` have `shape`, tried in all ways.
  private static func has(_ sizes: [Int], _ shape: Shape) -> Bool {
    func matches(_ sizes: ArraySlice<Int>, _ dimensions: ArraySlice<Shape.Dimension>) -> Bool {
      guard let first = dimensions.first else { return sizes.isEmpty }
      switch first {
      case .several:
        return (0...sizes.count).contains { matches(sizes.dropFirst($0), dimensions.dropFirst()) }
      case .any:
        return !sizes.isEmpty && matches(sizes.dropFirst(), dimensions.dropFirst())
      case .size(let size):
        return sizes.first == size && matches(sizes.dropFirst(), dimensions.dropFirst())
      }
    }
    return matches(sizes[...], shape.dimensions[...])
  }

  private static func lists<Element>(of elements: [Element], upTo count: Int) -> [[Element]] {
    var all: [[Element]] = [[]]
    var longest: [[Element]] = [[]]
    for _ in 0..<count {
      longest = longest.flatMap { list in elements.map { list + [$0] } }
      all += longest
    }
    return all
  }

  static func shape(using random: inout SeededGenerator) -> Shape {
    var dimensions: [Shape.Dimension] = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      Bool.random(using: &random) ? .any : .size(Int.random(in: 0...9, using: &random))
    }
    if Bool.random(using: &random) {
      dimensions.insert(.several, at: Int.random(in: 0...dimensions.count, using: &random))
    }
    return Shape(dimensions)
  }
}
