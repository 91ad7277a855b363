// Every unsafe expression of this target stands in this file.
//
// Bounds: `load` goes through `RawSpan`'s own checked subscript arithmetic, so an offset outside
// stops the program instead of reading; readers test offsets beforehand and throw. `loadInside`
// does not: a lookup would spend a third of its time there. Its offsets follow from the span's own
// length or from a checked header, as each caller says: from numbers that were copied out of it and
// checked once, never from the header as it is now, which another process may change.
// Lifetime: every span returned depends on the span it was cut from.
// Alignment: loads are unaligned ones; a typed span is lent only at an address that was checked.
// Types: only integers and floating point numbers are loaded, for which every bit pattern is valid.

#if _endian(big)
  #error("A tbl is little-endian and its vectors are lent in place: this needs such a machine")
#endif

extension RawSpan {
  /// The number at `offset`, at any alignment. The caller has checked `offset`.
  @inlinable @inline(__always)
  func load<T: BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type)
  }

  /// The `count` bytes at `offset`. Nothing checks that they lie inside; the caller proves it.
  @inline(__always)
  @_lifetime(copy self)
  func partInside(_ offset: Int, _ count: Int) -> RawSpan {
    assert(offset >= 0 && count >= 0 && offset <= byteCount - count)
    return unsafe extracting(unchecked: offset..<(offset &+ count))
  }

  /// The number at `offset`, at any alignment. Nothing checks that it lies inside; the caller
  /// proves it.
  @inline(__always)
  func loadInside<T: BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
    assert(offset >= 0 && offset <= byteCount - MemoryLayout<T>.size)
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: type)
  }

  /// These bytes as elements.
  var octets: Span<UInt8> {
    @_lifetime(copy self)
    get { unsafe _unsafeView(as: UInt8.self) }
  }

  /// Whether these bytes lie at a multiple of `alignment`.
  ///
  /// - Parameter alignment: A power of two.
  @inlinable @inline(__always)
  func isAligned(to alignment: Int) -> Bool {
    unsafe withUnsafeBytes { buffer in
      Int(bitPattern: buffer.baseAddress) & (alignment &- 1) == 0
    }
  }

  /// These bytes as elements of `T`; the caller has checked that they are aligned for it.
  @inlinable
  @_lifetime(copy self)
  func elements<T: Tbl.Scalar>(of type: T.Type) -> Span<T> {
    assert(isAligned(to: MemoryLayout<T>.alignment))
    return unsafe _unsafeView(as: type)
  }

  /// The `width` bytes at `offset`, 1 to 8, as a number without a sign. The caller has checked
  /// `offset`.
  func word(at offset: Int, width: Int) -> UInt64 {
    switch width {
    case 1: UInt64(load(UInt8.self, at: offset))
    case 2: UInt64(load(UInt16.self, at: offset))
    case 4: UInt64(load(UInt32.self, at: offset))
    default: load(UInt64.self, at: offset)
    }
  }

  /// A copy of these bytes as `count` elements of `T`, from any address.
  func copied<T: Tbl.Scalar>(as type: T.Type) -> [T] {
    let count = byteCount / MemoryLayout<T>.stride
    // The storage that all empty arrays share must not be written to.
    guard count > 0 else { return [] }
    return unsafe [T](unsafeUninitializedCapacity: count) { target, initialized in
      unsafe withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[..<(count * MemoryLayout<T>.stride)]))
      }
      initialized = count
    }
  }

  /// A copy of these bytes as text; nil when they are not UTF-8.
  ///
  /// Where another process may change them it is the copy that is checked: the library trusts that
  /// all texts are UTF-8, and would read behind the end of one that is not.
  ///
  /// - Parameter isSteady: Whether nobody changes these bytes; for long texts that is faster.
  func text(isSteady: Bool) -> String? {
    if isSteady {
      guard let part = try? UTF8Span(validating: octets) else { return nil }
      return String(copying: part)
    }
    let count = byteCount
    let text = unsafe String(unsafeUninitializedCapacity: count) { target in
      unsafe withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      }
      return count
    }
    // What is not UTF-8 was repaired.
    return text.withBytes { $0.equals(self) } ? text : nil
  }

  /// Whether both hold the same bytes. (All offsets follow from their common length.)
  @inline(__always)
  func equals(_ other: RawSpan) -> Bool {
    let count = byteCount
    guard count == other.byteCount else { return false }
    var offset = 0
    while offset &+ 8 <= count {
      if loadInside(UInt64.self, at: offset) != other.loadInside(UInt64.self, at: offset) {
        return false
      }
      offset &+= 8
    }
    return tailWord(offset, to: count) == other.tailWord(offset, to: count)
  }

  /// The bytes from `start` to `end`, at most 7, as a little-endian word, filled up with zeros. The
  /// caller proves that they lie inside.
  ///
  /// Made of parts that do not reach back before `start`: a short text lies in two words that were
  /// just stored, and a load of bytes of both would wait until the stores are done.
  @inline(__always)
  func tailWord(_ start: Int, to end: Int) -> UInt64 {
    let count = end &- start
    if count >= 4 {
      let low = UInt64(loadInside(UInt32.self, at: start))
      let high = UInt64(loadInside(UInt32.self, at: end &- 4))
      return low | high &<< UInt64(truncatingIfNeeded: 8 &* (count &- 4))
    }
    guard count > 0 else { return 0 }
    // The first, the middle and the last of 1 to 3 bytes; where they are the same, so are their
    // bits.
    let middle = count &>> 1
    let low = UInt64(loadInside(UInt8.self, at: start))
    let between = UInt64(loadInside(UInt8.self, at: start &+ middle))
    let high = UInt64(loadInside(UInt8.self, at: end &- 1))
    return low | between &<< UInt64(truncatingIfNeeded: 8 &* middle)
      | high &<< UInt64(truncatingIfNeeded: 8 &* (count &- 1))
  }
}

extension String {
  /// Lends the text's UTF-8 to `body`. The three calls of `utf8Span` would take longer than a
  /// lookup.
  @inline(__always)
  func withBytes<Value, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let result = unsafe utf8.withContiguousStorageIfAvailable { bytes in
      Result { () throws(Failure) in
        try unsafe body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes)))
      }
    }
    if let result { return try result.get() }
    return try body(utf8Span.span.raw)
  }
}

extension MutableRawSpan {
  /// Replaces the `width` bytes at `offset`, 1 to 8, by the low ones of `word`.
  @_lifetime(self: copy self)
  mutating func store(_ word: UInt64, at offset: Int, width: Int) {
    precondition(offset >= 0 && width <= byteCount - offset, "bytes outside a span")
    switch width {
    case 1: storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: offset, as: UInt8.self)
    case 2: storeBytes(of: UInt16(truncatingIfNeeded: word), toByteOffset: offset, as: UInt16.self)
    case 4: storeBytes(of: UInt32(truncatingIfNeeded: word), toByteOffset: offset, as: UInt32.self)
    default: storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
    }
  }

  /// Lends aligned bytes as elements of `T`.
  @_lifetime(self: copy self)
  mutating func withElements<T: Tbl.Scalar, Result>(
    _ range: Range<Int>, of type: T.Type, _ body: (inout MutableSpan<T>) throws(TblError) -> Result
  ) throws(TblError) -> Result {
    var part = _mutatingExtracting(range)
    var elements = unsafe part._unsafeMutableView(as: type)
    return try body(&elements)
  }
}

extension Span where Element: Tbl.Scalar {
  /// The bytes of the elements; none of the element types has padding.
  @inlinable var raw: RawSpan {
    @_lifetime(copy self)
    get { unsafe bytes }
  }
}

extension Array where Element: Tbl.Scalar {
  /// Lends the bytes of the elements to `body`.
  ///
  /// Swift 6.3 infers for the generic `Array.span` that only the count is read, so an optimised
  /// caller leaves out storing the elements of a literal; `withUnsafeBytes` has no such flaw.
  func withRaw<Result>(_ body: (RawSpan) -> Result) -> Result {
    unsafe withUnsafeBytes { buffer in unsafe body(RawSpan(_unsafeBytes: buffer)) }
  }
}

extension [UInt8] {
  /// Lends the bytes to be changed.
  mutating func withMutableBytes<Result, Failure: Error>(
    _ body: (consuming MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = mutableSpan
    return try body(unsafe span.mutableBytes)
  }

  /// Replaces the bytes at `offset`, which are there, by `value`, little-endian.
  package mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(
      offset >= 0 && MemoryLayout<T>.size <= count - offset, "bytes outside an array")
    unsafe withUnsafeMutableBytes { target in
      unsafe target.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }
  }

  /// Replaces the bytes at `offset`, which are there, by `span`.
  mutating func replace(at offset: Int, by span: RawSpan) {
    precondition(offset >= 0 && span.byteCount <= count - offset, "bytes outside an array")
    unsafe withUnsafeMutableBytes { target in
      unsafe span.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyMemory(from: source)
      }
    }
  }

  /// Appends `span`.
  mutating func append(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { buffer in unsafe append(contentsOf: buffer) }
  }

  /// Appends the `width` low bytes of `word`, 1 to 8.
  @inline(__always)
  mutating func append(_ word: UInt64, width: Int) {
    unsafe append(width) { target in
      for index in 0..<width {
        unsafe target[index] = UInt8(truncatingIfNeeded: word &>> UInt64(8 &* index))
      }
    }
  }

  /// Appends `count` zeros.
  mutating func append(zeros count: Int) {
    unsafe append(count) { unsafe $0.update(repeating: 0) }
  }

  /// Appends `count` bytes that `fill` writes; they are zeros before.
  @inline(__always)
  mutating func append(_ count: Int, filledBy fill: (inout MutableRawSpan) -> Void) {
    unsafe append(count) { target in
      unsafe target.update(repeating: 0)
      var span = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(target))
      fill(&span)
    }
  }

  /// Appends `count` bytes, all of which `fill` writes. For few bytes that takes half as long as to
  /// append a collection.
  @inline(__always)
  private mutating func append(_ count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    append(addingCapacity: count) { output in
      unsafe output.withUnsafeMutableBufferPointer { target, initialized in
        let end = initialized &+ count
        unsafe fill(UnsafeMutableBufferPointer(rebasing: target[initialized..<end]))
        initialized = end
      }
    }
  }

  /// `count` zeros, with room for `capacity` bytes.
  static func zeros(_ count: Int, capacity: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: capacity) { target, initialized in
      unsafe target[..<count].initialize(repeating: 0)
      initialized = count
    }
  }
}

/// The bytes of a span, for objects, which cannot hold one. They can be read only while `lend`
/// runs: later reading stops the program.
@safe class LentBytes {
  // Changed only when nobody reads: the checks of exclusive access would be the dearest part of
  // reading.
  @exclusivity(unchecked) private var buffer: UnsafeRawBufferPointer?

  /// Lends `span` to whoever `body` passes this object to.
  final func lend<Result>(_ span: RawSpan, _ body: () throws -> Result) rethrows -> Result {
    try unsafe span.withUnsafeBytes { bytes in
      unsafe buffer = bytes
      defer { unsafe buffer = nil }
      return try body()
    }
  }

  /// The bytes. `lend` outlives every use of the span, because it returns only after whoever it
  /// called.
  @inline(__always)
  final var span: RawSpan {
    @_lifetime(borrow self)
    get {
      guard let buffer = unsafe buffer else {
        preconditionFailure("a decoder is used after what it decoded was finished")
      }
      return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
    }
  }
}
