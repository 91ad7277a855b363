// FlatBuffers, read in place. `FlatBuilder` draws the format.
//
// Every position is checked against the buffer before it is used. An offset leads forward, so no
// chain of tables leads back to where it began; that two offsets lead to the same place cannot be
// seen here, so whoever walks a tree bounds its steps.

/// A table of a FlatBuffers message.
struct FlatTable {
  private let buffer: FlatBuffer
  private let position: Int
  private let byteCount: Int
  private let vtable: Int
  private let vtableBytes: Int

  fileprivate init(_ buffer: FlatBuffer, at position: Int) throws(ArrowError) {
    self.buffer = buffer
    self.position = position
    let back = Int(try buffer.load(Int32.self, at: position))
    vtable = position - back
    vtableBytes = Int(try buffer.load(UInt16.self, at: vtable))
    byteCount = Int(try buffer.load(UInt16.self, at: vtable + 2))
    guard vtableBytes >= 4, vtableBytes % 2 == 0, byteCount >= 4,
      buffer.holds(vtable, vtableBytes), buffer.holds(position, byteCount)
    else { throw buffer.corrupt(position, "a table that does not fit its message") }
  }

  /// Where the value of `slot` stands; nil when the slot keeps its default.
  private func place(of slot: Int, width: Int) throws(ArrowError) -> Int? {
    let entry = 4 + 2 * slot
    guard entry + 2 <= vtableBytes else { return nil }
    let offset = Int(try buffer.load(UInt16.self, at: vtable + entry))
    guard offset != 0 else { return nil }
    guard offset >= 4, offset + width <= byteCount else {
      throw buffer.corrupt(vtable + entry, "a value outside of its table")
    }
    return position + offset
  }

  /// The number of `slot`.
  func number<T: FixedWidthInteger>(_ slot: Int, default value: T) throws(ArrowError) -> T {
    guard let place = try place(of: slot, width: MemoryLayout<T>.size) else { return value }
    return try buffer.load(T.self, at: place)
  }

  /// The truth value of `slot`, false by default.
  func bool(_ slot: Int) throws(ArrowError) -> Bool {
    try number(slot, default: UInt8(0)) != 0
  }

  /// Where the offset of `slot` leads.
  private func target(of slot: Int) throws(ArrowError) -> Int? {
    guard let place = try place(of: slot, width: 4) else { return nil }
    return try buffer.target(ofOffsetAt: place)
  }

  /// The table of `slot`, or nil.
  func table(_ slot: Int) throws(ArrowError) -> FlatTable? {
    guard let target = try target(of: slot) else { return nil }
    return try FlatTable(buffer, at: target)
  }

  /// The text of `slot`, or nil.
  ///
  /// - Parameter limit: Bytes that it may have.
  func string(_ slot: Int, limit: Int) throws(ArrowError) -> String? {
    guard let target = try target(of: slot) else { return nil }
    let count = Int(try buffer.load(UInt32.self, at: target))
    guard count <= limit, buffer.holds(target + 4, count) else {
      throw buffer.corrupt(target, "a text of \(count) bytes")
    }
    let bytes = buffer.bytes
    do {
      let span = bytes.span.extracting((target + 4)..<(target + 4 + count))
      return String(copying: try UTF8Span(validating: span))
    } catch {
      throw buffer.corrupt(target, "text that is not UTF-8")
    }
  }

  /// The vector of `slot`, whose elements have `stride` bytes; empty by default.
  func vector(_ slot: Int, strideBytes stride: Int) throws(ArrowError) -> FlatVector {
    guard let target = try target(of: slot) else { return FlatVector(buffer) }
    let count = Int(try buffer.load(UInt32.self, at: target))
    guard buffer.holds(target + 4, count * stride) else {
      throw buffer.corrupt(target, "a vector of \(count) elements")
    }
    return FlatVector(buffer, start: target + 4, count: count)
  }
}

/// A vector of a FlatBuffers message.
struct FlatVector {
  private let buffer: FlatBuffer
  private let start: Int
  let count: Int

  fileprivate init(_ buffer: FlatBuffer, start: Int = 0, count: Int = 0) {
    self.buffer = buffer
    self.start = start
    self.count = count
  }

  /// Element `index` of a vector of tables.
  ///
  /// - Precondition: `index` is in `0..<count`.
  func table(at index: Int) throws(ArrowError) -> FlatTable {
    try FlatTable(buffer, at: buffer.target(ofOffsetAt: start + 4 * index))
  }

  /// Element `index` of a vector of structs of two 64-bit numbers.
  ///
  /// - Precondition: `index` is in `0..<count`.
  func pair(at index: Int) throws(ArrowError) -> (Int64, Int64) {
    let place = start + 16 * index
    return (
      try buffer.load(Int64.self, at: place), try buffer.load(Int64.self, at: place + 8)
    )
  }
}

/// The bytes of a FlatBuffers message, somewhere in a stream.
struct FlatBuffer {
  /// The whole stream; positions count from its start.
  let bytes: [UInt8]
  let range: Range<Int>

  /// The table at the root.
  func root() throws(ArrowError) -> FlatTable {
    try FlatTable(self, at: target(ofOffsetAt: range.lowerBound))
  }

  fileprivate func holds(_ position: Int, _ count: Int) -> Bool {
    position >= range.lowerBound && count <= range.upperBound - position
  }

  fileprivate func load<T: FixedWidthInteger>(
    _ type: T.Type, at position: Int
  ) throws(ArrowError) -> T {
    guard holds(position, MemoryLayout<T>.size) else {
      throw corrupt(position, "leads outside of its message")
    }
    return bytes.littleEndian(type, at: position)
  }

  fileprivate func target(ofOffsetAt place: Int) throws(ArrowError) -> Int {
    let distance = Int(try load(UInt32.self, at: place))
    guard distance >= 4, holds(place + distance, 4) else {
      throw corrupt(place, "an offset that leads outside of its message")
    }
    return place + distance
  }

  fileprivate func corrupt(_ position: Int, _ reason: String) -> ArrowError {
    ArrowError(.corrupt, byte: position, reason)
  }
}

extension [UInt8] {
  /// The number whose bytes, the lowest first, begin at `position`.
  ///
  /// - Precondition: They are there.
  @inline(__always)
  func littleEndian<T: FixedWidthInteger>(_ type: T.Type, at position: Int) -> T {
    var value: T = 0
    for index in 0..<MemoryLayout<T>.size {
      value |= T(truncatingIfNeeded: self[position &+ index]) &<< T(truncatingIfNeeded: 8 &* index)
    }
    return value
  }
}
