// The cheapest chain of transformations, by dynamic programming over its length: after each round
// the cheapest way to each type with at most so many steps is known. Costs are not negative, so
// that a way that comes to a type twice is never cheaper; the limit on the length makes one by cost
// alone wrong, since the cheapest way to a type may be too long to go on from.

/// A way from data of one type to data of another, through one program or several.
///
/// **Concurrency.** A value.
public struct Conversion<Owner: Sendable & Hashable>: Sendable, Hashable {
  /// A transformation, and who offers it.
  public struct Step: Sendable, Hashable {
    /// Who offers it.
    public let owner: Owner
    /// What it makes of what.
    public let transformation: ProgramManifest.Transformation

    /// A transformation that somebody offers.
    public init(_ owner: Owner, _ transformation: ProgramManifest.Transformation) {
      self.owner = owner
      self.transformation = transformation
    }
  }

  /// What is done one after the other; nothing where the data conform already.
  public let steps: [Step]

  /// The sum of the costs.
  public var cost: Double { steps.reduce(0) { $0 + $1.transformation.cost } }

  /// The most steps that a chain may have, if nothing else is said.
  public static var usualLength: Int { 4 }

  /// The cheapest way from data of `type` to such as conform to `wanted`, of those with the same
  /// cost the shortest, and of those with the same length the one whose steps come first in
  /// `offers`.
  ///
  /// - Parameters:
  ///   - type: What there is.
  ///   - wanted: What there shall be.
  ///   - offers: All transformations that there are.
  ///   - types: What conforms to what.
  ///   - maximumLength: The most steps.
  /// - Returns: nil when there is no way so short.
  /// - Complexity: O(`maximumLength` * types given * offers), and as many looks into the graph of
  ///   types as there are pairs of different types given and taken.
  public static func cheapest(
    from type: DataType, to wanted: DataType, through offers: [Step], types: TypeGraph,
    maximumLength: Int = usualLength
  ) -> Conversion? {
    if types.conforms(type, to: wanted) { return Conversion(steps: []) }
    let search = Search(from: type, offers, types)
    return search.cheapest(to: wanted, types, maximumLength: maximumLength)
  }

  /// Types are numbers here: that which there is, then those that offers give.
  private struct Search {
    private let offers: [Step]
    private let given: [DataType]
    /// The number of the type that an offer gives.
    private let results: [Int]
    /// The offers that take each type.
    private let takers: [[Int]]

    /// The cheapest way found to a type.
    private struct Way {
      var cost: Double
      var steps: [Int]
    }

    init(from type: DataType, _ offers: [Step], _ types: TypeGraph) {
      self.offers = offers
      var given = [types.canonical(type)]
      var numbers = [given[0]: 0]
      results = offers.map { offer in
        let result = types.canonical(offer.transformation.to)
        if let number = numbers[result] { return number }
        numbers[result] = given.count
        given.append(result)
        return given.count - 1
      }
      self.given = given
      let taken = Dictionary(grouping: offers.indices) {
        types.canonical(offers[$0].transformation.from)
      }
      takers = given.map { type in
        taken.filter { types.conforms(type, to: $0.key) }.flatMap(\.value).sorted()
      }
    }

    func cheapest(to wanted: DataType, _ types: TypeGraph, maximumLength: Int) -> Conversion? {
      let isWanted = given.map { types.conforms($0, to: wanted) }
      // The cheapest way of at most so many steps to each type; only what got cheaper leads on.
      var ways: [Way?] = Array(repeating: nil, count: given.count)
      ways[0] = Way(cost: 0, steps: [])
      var changed = [0]
      for _ in 0..<max(0, maximumLength) where !changed.isEmpty {
        var next = ways
        for from in changed {
          guard let way = ways[from] else { continue }
          for offer in takers[from] {
            let longer = Way(
              cost: way.cost + offers[offer].transformation.cost, steps: way.steps + [offer])
            if Self.isBetter(longer, than: next[results[offer]]) { next[results[offer]] = longer }
          }
        }
        changed = given.indices.filter { number in
          guard let way = next[number] else { return false }
          return Self.isBetter(way, than: ways[number])
        }
        ways = next
      }
      var best: Way?
      for number in given.indices where isWanted[number] {
        if let way = ways[number], Self.isBetter(way, than: best) { best = way }
      }
      return best.map { Conversion(steps: $0.steps.map { offers[$0] }) }
    }

    private static func isBetter(_ way: Way, than other: Way?) -> Bool {
      guard let other else { return true }
      if way.cost != other.cost { return way.cost < other.cost }
      if way.steps.count != other.steps.count { return way.steps.count < other.steps.count }
      return way.steps.lexicographicallyPrecedes(other.steps)
    }
  }
}
