import SimDB

/// A map on trial. All is told by numbers: the key of a value is a tenth of its number, so that a
/// value under another key shows.
protocol MapOnTrial {
  func find(_ key: Int) throws -> Int?
  /// Puts a number under its key.
  ///
  /// - Returns: What was there.
  func put(number: Int) throws -> Int?
  func change(_ key: Int, _ body: (Int?) -> Int?) throws -> Int?
  func take(_ key: Int) throws -> Int?
  /// All that a walk shows, in ascending order.
  func numbers() throws -> [Int]
}

extension MapOnTrial {
  /// What a walk shows while nothing changes, which reads one by one must show too.
  func contents() throws -> [Int] {
    let numbers = try numbers()
    for number in numbers {
      let found = try find(number / 10)
      try require(found == number, "\(number) is listed, but \(found, default: "none") is found")
    }
    return numbers
  }

  /// Takes all that there is out, and then uses every unit.
  ///
  /// - Parameter isFilled: Whether it is first filled, and what it is filled with taken out again: then
  ///   the units of the dead are looked for while something stands.
  func drain(units: Int, isFilled: Bool) throws -> [Int] {
    let numbers = try contents()
    if isFilled {
      try fill()
      let found = try contents()
      try require(found == numbers, "there was \(numbers), and \(found) when it had been full")
    }
    for number in numbers {
      try require(try take(number / 10) == number, "\(number) is not what was taken")
    }
    try require(try self.numbers().isEmpty, "it does not get empty")
    try Units.useAll(
      units, insert: { _ = try put(number: $0 * 10) },
      remove: { try require(try take($0) == $0 * 10, "\($0) was put, and is not there") })
    return numbers
  }

  /// Puts other keys until there is no room, and takes them out.
  private func fill() throws {
    let count = try Units.fill { _ = try put(number: (1_000 + $0) * 10) }
    for key in 1_000..<1_000 + count {
      try require(try take(key) == key * 10, "\(key) was put, and is not there")
    }
  }

  /// Does one thing after the other beside a stopped user, and looks at all that stands after each.
  ///
  /// What is under key 3 stays.
  func useBeside() throws {
    var model = try contents()
    func expect(_ key: Int, _ number: Int?, _ found: Int?) throws {
      let old = model.first { $0 / 10 == key }
      try require(found == old, "beside: \(found, default: "none") was under \(key), not \(model)")
      model.removeAll { $0 / 10 == key }
      if let number { model.append(number) }
      model.sort()
      let now = try contents()
      try require(now == model, "beside: there is \(now), not \(model)")
    }
    for key in [2, 70, 1, 71, 4, 72] {
      try expect(key, key * 10 + 7, try put(number: key * 10 + 7))
    }
    try expect(1, nil, try take(1))
    try expect(4, nil, try take(4))
    try expect(71, nil, try take(71))
    var old: Int?
    let new = try change(2) {
      old = $0
      return (old ?? 20) + 1
    }
    try require(new == 28, "beside: what was changed is \(new, default: "none")")
    try expect(2, 28, old)
    // Every unit that was given back has other bytes.
    try fill()
    try expect(70, nil, try take(70))
  }

  /// What a victim may do with `standing`, whose keys 1 to 3 are there, but no key above `last`.
  func operations(on standing: [Int], last: Int) -> [StructureOnTrial.Operation] {
    func replacing(_ key: Int, by number: Int?) -> [Int] {
      (standing.filter { $0 / 10 != key } + (number.map { [$0] } ?? [])).sorted()
    }
    let new = (last + 1) * 10
    let withNew = standing + [new]
    return [
      .init(
        name: "get",
        run: {
          try require(try find(3) == 30, "what stands is not found")
          try require(try [20, 27, 28, nil].contains(find(2)), "what never stood is found")
          try require(try find(90) == nil, "what does not stand is found")
        }, after: [standing]),
      .init(
        name: "walk",
        run: {
          let found = try numbers()
          let untouched = standing.filter { $0 == 30 || $0 >= 50 }
          try require(found.filter(untouched.contains) == untouched, "there is \(found)")
          try require(
            zip(found, found.dropFirst()).allSatisfy { $0 / 10 < $1 / 10 },
            "a key comes twice: \(found)")
        },
        after: [standing]),
      .init(name: "put", run: { _ = try put(number: new) }, after: [withNew]),
      .init(
        name: "put before all", run: { _ = try put(number: 0) }, after: [[0] + standing]),
      .init(
        name: "put over", run: { _ = try put(number: 21) }, after: [replacing(2, by: 21)]),
      .init(
        name: "put over twice", run: { for number in [21, 22] { _ = try put(number: number) } },
        after: [replacing(2, by: 22)], interrupted: [replacing(2, by: 21)]),
      .init(
        name: "put over and remove",
        run: {
          _ = try put(number: 21)
          _ = try take(2)
        }, after: [replacing(2, by: nil)], interrupted: [replacing(2, by: 21)]),
      .init(
        name: "remove and put",
        run: {
          _ = try take(2)
          _ = try put(number: 21)
        }, after: [replacing(2, by: 21)], interrupted: [replacing(2, by: nil)]),
      .init(
        name: "update", run: { _ = try change(2) { ($0 ?? 20) + 1 } },
        after: [replacing(2, by: 21)]),
      .init(
        name: "update what is absent", run: { _ = try change(last + 1) { $0 ?? new } },
        after: [withNew]),
      .init(
        name: "update to nothing", run: { _ = try change(2) { _ in nil } },
        after: [replacing(2, by: nil)]),
      .init(name: "remove", run: { _ = try take(2) }, after: [replacing(2, by: nil)]),
      .init(
        name: "remove what is absent", run: { _ = try take(last + 1) }, after: [standing]),
    ]
  }
}
