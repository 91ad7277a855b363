import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Stacks, with little in them, and full so that they grow.
  static let stacks: [Self] = [
    stack("stack", count: 3, ElementCapacity(1), units: 63),
    stack("stack that grows", count: 63, ElementCapacity(initial: 1, maximum: 66), units: 127),
  ]

  /// Takes a number, or one that others have put on top meanwhile.
  private static func take(_ number: Int, from stack: Stack<OrderedNumber>) throws {
    let popped = try stack.pop()?.number ?? 0
    try require(popped == number || popped >= 500, "\(popped) is on top, not \(number)")
  }

  /// What stands is told from the bottom up.
  private static func stack(
    _ name: String, count: Int, _ capacity: ElementCapacity, units: Int
  ) -> Self {
    Self(name: name) { store, key in
      func attach(_ capacity: ElementCapacity?) throws -> Stack<OrderedNumber> {
        try store.stack(key, of: OrderedNumber.self, creating: capacity)
      }
      let stack = try attach(capacity)
      let standing = Array(1...count)
      for number in standing { try stack.push(OrderedNumber(number)) }
      func popping(_ count: Int) -> StructureOnTrial.Operation {
        let states = (1...count).map { Array(standing.dropLast($0)) }
        return .init(
          name: "pop \(count)",
          run: {
            for number in standing.suffix(count).reversed() {
              try take(number, from: stack)
            }
          }, after: [states[count - 1]], interrupted: states)
      }
      return StructureOnTrial(
        standing: standing,
        operations: [
          .init(
            name: "peek",
            run: {
              let top = try stack.peek()?.number ?? 0
              try require(top == count || top >= 500, "another is on top")
            }, after: [standing]),
          .init(
            name: "count", run: { try require(try stack.count >= count, "there are less") },
            after: [standing]),
          .init(
            name: "push", run: { try stack.push(OrderedNumber(100)) }, after: [standing + [100]]),
          .init(
            name: "push two",
            run: {
              try stack.push(OrderedNumber(100))
              try stack.push(OrderedNumber(101))
            }, after: [standing + [100, 101]], interrupted: [standing + [100]]),
          .init(
            name: "push and pop",
            run: {
              try stack.push(OrderedNumber(100))
              try take(100, from: stack)
            }, after: [standing], interrupted: [standing + [100]]),
          popping(1), popping(2),
        ],
        useBeside: {
          for _ in 0..<3 {
            for number in 500..<540 { try stack.push(OrderedNumber(number)) }
            for number in (500..<540).reversed() {
              let popped = try stack.pop()?.number
              try require(
                popped == number, "beside: \(popped, default: "none") came, not \(number)")
            }
          }
          for number in 600..<604 { try stack.push(OrderedNumber(number)) }
        },
        drain: {
          // A new user knows of no unit that is free.
          let stack = try attach(nil)
          // The units of the dead are looked for while something stands.
          var filled = 0
          if count > 3 {
            filled = try Units.fill { try stack.push(OrderedNumber(20_000 + $0)) }
          }
          var numbers: [Int] = []
          while let number = try stack.pop()?.number { numbers.append(number) }
          numbers.reverse()
          let fillings = Array(20_000..<20_000 + filled)
          try require(numbers.suffix(filled) == fillings, "\(filled) are not above \(numbers)")
          numbers.removeLast(filled)
          try require(try stack.count == 0, "there is no end")
          try Units.useAll(
            units, insert: { try stack.push(OrderedNumber($0)) },
            remove: {
              try require(
                try stack.pop()?.number == units - 1 - $0, "\(units - 1 - $0) is not on top")
            })
          return numbers
        },
        isPossible: {
          // Who was stopped may have taken two of them.
          Set(600..<602).isSubset(of: $0) && Set($0).count == $0.count
        })
    }
  }
}
