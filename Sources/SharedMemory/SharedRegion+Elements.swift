import CSharedMemory

extension SharedRegion {
  /// Reads a plain value at `offset`, a multiple of 8; it may be torn unless it is one word.
  ///
  /// As ``load(at:as:)``, and one instruction where the value is a word long.
  ///
  /// - Complexity: O(bytes).
  @inlinable @inline(__always)
  public func element<Value: SharedValue>(at offset: Int, as type: Value.Type) -> Value {
    guard MemoryLayout<Value>.size == 8 else { return load(at: offset, as: type) }
    let word = word(at: offset).loadRelaxed()
    // Every pattern of bits is a value, and the sizes are equal.
    return unsafe withUnsafeBytes(of: word) { unsafe $0.loadUnaligned(as: Value.self) }
  }

  /// Writes a plain value at `offset`, a multiple of 8.
  ///
  /// - Complexity: O(bytes).
  @inlinable @inline(__always)
  public func setElement<Value: SharedValue>(_ value: Value, at offset: Int) {
    guard MemoryLayout<Value>.size == 8 else { return store(value, at: offset) }
    // As above.
    let word = unsafe withUnsafeBytes(of: value) { unsafe $0.loadUnaligned(as: UInt64.self) }
    self.word(at: offset).storeRelaxed(word)
  }
}
