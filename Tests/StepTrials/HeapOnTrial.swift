import SharedMemory
import SharedStructures
import SimDB

extension StructureOnTrial.Kind {
  /// Heaps, with little in them, and with all units of a size in use, so that they grow.
  static let heaps: [Self] = [
    heap("heap", count: 3, units: 63), heap("heap that grows", count: 63, units: 127),
  ]

  /// What stands is told by numbers in the bytes, the last of them in a large allocation.
  private static func heap(_ name: String, count: Int, units: Int) -> Self {
    Self(name: name) { store, key in
      func attach(creating: Bool) throws -> SharedHeap {
        try store.heap(key, creating: creating)
      }
      let heap = try attach(creating: true)
      let standing = Array(1...count + 1)
      let allocations = try standing.map { try heap.add($0, isLarge: $0 > count) }
      let (first, last) = (allocations[0], allocations[count])
      var operations: [StructureOnTrial.Operation] = [
        .init(
          name: "allocate and publish", run: { _ = try heap.add(1_000, isLarge: false) },
          after: [standing + [1_000]])
      ]
      if count < 4 {
        operations += [
          .init(
            name: "bytes",
            run: {
              try require(try heap.number(first) == 1, "another is there")
              try require(try heap.number(last) == count + 1, "another large one is there")
            }, after: [standing]),
          .init(
            name: "allocate a large one", run: { _ = try heap.add(1_000, isLarge: true) },
            after: [standing + [1_000]]),
          .init(
            name: "allocate in place, and think better of it",
            run: {
              let allocation = try heap.allocate(byteCount: 40)
              try heap.withMutableBytes(allocation) { _ in }
              try heap.free(allocation)
            }, after: [standing]),
          .init(
            name: "free", run: { try heap.free(first) }, after: [Array(standing.dropFirst())]),
          .init(
            name: "free a large one", run: { try heap.free(last) },
            after: [Array(standing.dropLast())]),
          .init(name: "sweep", run: { try heap.sweep() }, after: [standing]),
        ]
      }
      return StructureOnTrial(
        standing: standing, operations: operations,
        useBeside: {
          for isLarge in [false, true] {
            let mine = try (500..<504).map { try heap.add($0, isLarge: isLarge) }
            for (number, allocation) in zip(500..<504, mine) {
              try require(try heap.number(allocation) == number, "beside: \(number) is another")
              if isLarge || number > 501 { try heap.free(allocation) }
            }
          }
          try heap.sweep()
        },
        drain: {
          let heap = try attach(creating: false)
          // What the dead had is used before the heap grows for it.
          if count > 3 {
            while try heap.facts().allocations < units { _ = try heap.add(20_000, isLarge: false) }
          }
          try heap.sweep()
          var numbers: [Int] = []
          try heap.forEach { allocation in
            let number = try heap.number(allocation)
            if number != 20_000 { numbers.append(number) }
            try heap.free(allocation)
            return true
          }
          let facts = try heap.facts()
          try require(facts.allocations == 0 && facts.large == 0, "something is left: \(facts)")
          // All units of the size can be used, twice.
          for _ in 0..<2 {
            let all = try (0..<units).map { try heap.add($0, isLarge: false) }
            let extents = count > 3 ? 128 : 64
            let reserved = try heap.facts().reserved
            try require(reserved == 64 + 64 * extents, "\(units) units do not do: \(reserved)")
            for allocation in all { try heap.free(allocation) }
          }
          return numbers.sorted()
        },
        isPossible: { Set([500, 501]).isSubset(of: $0) && Set($0).count == $0.count })
    }
  }
}

extension SharedHeap {
  /// Allocates and publishes what tells a number.
  fileprivate func add(_ number: Int, isLarge: Bool) throws -> HeapHandle {
    try OrderedNumber(number).withBytes { bytes in
      guard isLarge else { return try allocate(bytes) }
      return try allocate((bytes.array + [UInt8](repeating: 0, count: 5_000)).rawSpan)
    }
  }

  fileprivate func number(_ allocation: HeapHandle) throws -> Int {
    try withBytes(allocation) { try $0.value(as: OrderedNumber.self).number }
  }
}
