import SharedMemory
import SharedStructures
import SimDB

/// Strings, heaps and vectors.
extension StructureKind {
  func createOther(in store: Database) throws {
    switch self {
    // Small chunks, so that others are made.
    case .strings: _ = try store.strings(rawValue, creating: StringsGeometry(firstChunkSize: 1_024))
    case .heap:
      _ = try store.heap(rawValue, creating: true)
      for number in 0..<Self.keyCount {
        _ = try store.state("\(rawValue) \(number)", creating: HeapHandle(rawValue: 0))
      }
    case .vector:
      _ = try store.vector(rawValue, creating: [] as [StructureRecorder.Element])
    default: preconditionFailure("a \(self) is made elsewhere")
    }
  }

  /// A key is a text, and the number of its handle is told; none where that is the handle of another text.
  func stringActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let strings = try store.strings(rawValue)
    func text(_ key: Int) -> String { String(repeating: "text \(key) ", count: key % 9 + 1) }
    func told(_ handle: StringHandle, _ key: Int) throws -> StructureOperation.Answer {
      .value(
        try strings.string(handle) == text(key) ? Int(truncatingIfNeeded: handle.rawValue) : -1)
    }
    return [
      (.insert, { key, _ in try told(strings.intern(text(key)), key) }),
      (
        .get,
        { key, _ in
          guard let handle = try strings.find(text(key)) else { return .none }
          return try told(handle, key)
        }
      ),
    ]
  }

  /// A key is a place where all find a handle, and its value what is allocated there; none once that is freed.
  ///
  /// Whoever takes a handle out of its place frees it, and others free it while it is there: of all of them
  /// one does.
  func heapActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let heap = try store.heap(rawValue)
    let places = try (0..<Self.keyCount).map {
      try store.state("\(rawValue) \($0)", of: HeapHandle.self)
    }
    /// Units of two sizes, and what has a part of its own.
    func count(of value: Int) -> Int { [1, 3, 3, 100][value / 8 % 4] }
    func allocate(_ value: Int) throws -> HeapHandle {
      let element = StructureRecorder.Element(number: value).withBytes { $0.array }
      let bytes = Array(repeatElement(element, count: count(of: value)).joined())
      return try heap.allocate(bytes.rawSpan)
    }
    /// What an allocation holds; `nil` when it was freed.
    func content(_ handle: HeapHandle) throws -> Int? {
      guard let bytes = try unlessFreed({ () throws(StoreError) in try heap.bytes(handle) }) else {
        return nil
      }
      let size = MemoryLayout<StructureRecorder.Element>.size
      let copies = stride(from: 0, to: bytes.count, by: size).map {
        Array(bytes[$0..<min($0 + size, bytes.count)])
      }
      guard let first = copies.first, first.count == size, copies.allSatisfy({ $0 == first }) else {
        return -1
      }
      let value = first.rawSpan.value(as: StructureRecorder.Element.self).told
      return value >= 0 && copies.count == count(of: value) ? value : -1
    }
    func free(_ handle: HeapHandle) throws -> Bool {
      try unlessFreed { () throws(StoreError) in try heap.free(handle) } != nil
    }
    /// Does something with what a place names until it is not freed meanwhile, or the place names
    /// nothing else.
    func use(_ key: Int, _ body: (HeapHandle) throws -> Int?) throws -> StructureOperation.Answer {
      var handle = try places[key].load()
      while true {
        if handle.rawValue != 0, let value = try body(handle) { return .value(value) }
        let now = try places[key].load()
        if now == handle { return .none }
        handle = now
      }
    }
    return [
      (
        .put,
        { key, value in
          let new = try allocate(value)
          let old = try places[key].update { place in
            defer { place = new }
            return place
          }
          guard old.rawValue != 0, let value = try content(old), try free(old) else { return .none }
          return .value(value)
        }
      ),
      (
        .remove,
        { key, _ in
          try use(key) { handle in
            guard let value = try content(handle), try free(handle) else { return nil }
            return value
          }
        }
      ), (.get, { key, _ in try use(key, content) }),
    ]
  }

  /// What `body` returns; `nil` when it is told that something was freed.
  private func unlessFreed<Result>(_ body: () throws(StoreError) -> Result) throws -> Result? {
    do throws(StoreError) { return try body() } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }

  func vectorActs(_ store: Database) throws -> [StructureRecorder.Act] {
    let vector = try store.vector(rawValue, of: StructureRecorder.Element.self)
    let pop: StructureRecorder.Act = (
      .pop, { _, _ in .init(try vector.update { $0.popLast() }?.told) }
    )
    return [
      (
        .push,
        {
          try vector.append(.init(number: $1))
          return .done
        }
      ), pop, pop,
      (
        .pop,
        { _, _ in
          while true {
            let (elements, generation) = try vector.loadVersion()
            guard let last = elements.last else { return .none }
            let isSet = try vector.compareAndSet(elements.dropLast(), generation: generation) != nil
            if isSet { return .value(last.told) }
          }
        }
      ),
      (
        .put,
        {
          try vector.store([.init(number: $1)])
          return .done
        }
      ), (.get, { _, _ in .values(try vector.load().map(\.told)) }),
    ]
  }
}
