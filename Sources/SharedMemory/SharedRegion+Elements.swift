import CSharedMemory

extension SharedRegion {
  /// Reads a plain value at `offset`, a multiple of 8; it may be torn unless it is one word.
  ///
  /// As ``load(at:as:)``, and one instruction a word where the value is one or two words long.
  ///
  /// - Complexity: O(bytes).
  @inlinable @inline(__always)
  public func element<Value: SharedValue>(at offset: Int, as type: Value.Type) -> Value {
    // Every pattern of bits is a value, and the sizes are equal.
    switch MemoryLayout<Value>.size {
    case 8:
      let word = word(at: offset).loadRelaxed()
      return unsafe withUnsafeBytes(of: word) { unsafe $0.loadUnaligned(as: Value.self) }
    case 16:
      let words = (word(at: offset).loadRelaxed(), word(at: offset &+ 8).loadRelaxed())
      return unsafe withUnsafeBytes(of: words) { unsafe $0.loadUnaligned(as: Value.self) }
    default: return load(at: offset, as: type)
    }
  }

  /// Writes a plain value at `offset`, a multiple of 8.
  ///
  /// - Complexity: O(bytes).
  @inlinable @inline(__always)
  public func setElement<Value: SharedValue>(_ value: Value, at offset: Int) {
    switch MemoryLayout<Value>.size {
    case 8:
      // As above.
      let word = unsafe withUnsafeBytes(of: value) { unsafe $0.loadUnaligned(as: UInt64.self) }
      self.word(at: offset).storeRelaxed(word)
    case 16:
      let words = unsafe withUnsafeBytes(of: value) {
        unsafe $0.loadUnaligned(as: (UInt64, UInt64).self)
      }
      self.word(at: offset).storeRelaxed(words.0)
      self.word(at: offset &+ 8).storeRelaxed(words.1)
    default: store(value, at: offset)
    }
  }
}
