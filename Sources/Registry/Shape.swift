extension DataType {
  /// The dimensions of a vector, slowest-varying first, as far as they are known.
  ///
  /// Written as `[480, 640, 3]`; `*` is a dimension of any size, `...` any number of dimensions.
  ///
  /// **Concurrency.** An immutable value.
  public struct Shape: Sendable, Hashable {
    /// One dimension, or several.
    public enum Dimension: Sendable, Hashable {
      /// One of this size.
      case size(Int)
      /// One of any size.
      case any
      /// Any number of any size.
      case several
    }

    /// Among which ``Dimension/several`` is at most once.
    public let dimensions: [Dimension]

    static let largestCount = 8

    init(_ dimensions: [Dimension]) { self.dimensions = dimensions }

    /// Whether all that have this shape have that of `pattern` too.
    ///
    /// - Complexity: O(dimensions).
    public func fits(_ pattern: Shape) -> Bool {
      let (front, back) = parts
      guard let patternBack = pattern.parts.back else {
        // The number of dimensions is said there, and so it must be here.
        return back == nil && front.count == pattern.dimensions.count
          && zip(front, pattern.dimensions).allSatisfy { Self.fits($0, $1) }
      }
      let patternFront = pattern.parts.front
      guard front.count + (back?.count ?? 0) >= patternFront.count + patternBack.count else {
        return false
      }
      let last = back ?? front
      return patternFront.enumerated().allSatisfy { index, wanted in
        Self.fits(index < front.count ? front[index] : .any, wanted)
      }
        && patternBack.reversed().enumerated().allSatisfy { index, wanted in
          Self.fits(index < last.count ? last[last.count - 1 - index] : .any, wanted)
        }
    }

    /// What stands before and behind the dimensions of which nothing is known; nothing is behind
    /// where all are known.
    private var parts: (front: ArraySlice<Dimension>, back: ArraySlice<Dimension>?) {
      guard let gap = dimensions.firstIndex(of: .several) else { return (dimensions[...], nil) }
      return (dimensions[..<gap], Array(dimensions[(gap + 1)...])[...])
    }

    private static func fits(_ dimension: Dimension, _ wanted: Dimension) -> Bool {
      wanted == .any || dimension == wanted
    }
  }
}

extension DataType.Shape: CustomStringConvertible {
  /// The shape as it is written.
  public var description: String {
    let parts = dimensions.map { dimension in
      switch dimension {
      case .size(let size): String(size)
      case .any: "*"
      case .several: "..."
      }
    }
    return "[\(parts.joined(separator: ", "))]"
  }
}
