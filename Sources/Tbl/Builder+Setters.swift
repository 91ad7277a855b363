// What can be set. Each setter keeps a failure for `finish()`; see `Tbl.Builder`.

extension Tbl.Builder {
  /// Sets `key` to a truth value.
  public mutating func set(_ key: String, _ value: Bool) {
    set(key) { _ in Record(.bool, payload: value ? 1 : 0) }
  }

  /// Sets `key` to a number, stored as its own type; `Int` as i64, `UInt` as u64.
  public mutating func set<T: Tbl.Scalar>(_ key: String, _ value: T) {
    set(key) { _ in Record(T.typeCode, payload: value.payload) }
  }

  /// Sets `key` to text.
  public mutating func set(_ key: String, _ value: String) {
    set(key) { writer in writer.write(value, key: key) }
  }

  /// Sets `key` to bytes.
  public mutating func set(_ key: String, bytes: [UInt8]) {
    set(key) { writer in writer.write(.bytes, bytes.span.raw, key: key) }
  }

  /// Sets `key` to bytes.
  public mutating func set(_ key: String, bytes: RawSpan) {
    set(key) { writer in writer.write(.bytes, bytes, key: key) }
  }

  /// Sets `key` to a table.
  public mutating func set(_ key: String, _ table: Tbl) {
    set(key) { writer in writer.write(table, key: key) }
  }

  /// Sets `key` to the table that `builder` holds; its failure becomes this builder's.
  public mutating func set(_ key: String, _ builder: consuming Tbl.Builder) {
    let builder = builder
    set(key) { writer in writer.write(builder, key: key) }
  }

  /// Sets `key` to any value; `.values` becomes a table whose own vector it is.
  public mutating func set(_ key: String, value: Tbl.Value) {
    set(key) { writer in writer.write(value, key: key) }
  }

  /// Sets `key` to nil, which is a value, not the absence of one.
  public mutating func setNil(_ key: String) {
    set(key) { _ in Record(.none) }
  }

  /// Sets `key` to a vector of numbers.
  ///
  /// - Parameters:
  ///   - key: Name of the field.
  ///   - vector: The numbers, the last dimension's next to each other.
  ///   - shape: 1 to 8 dimensions, slowest-varying first, whose product is the count; nil for one
  ///     dimension.
  public mutating func set<T: Tbl.Scalar>(_ key: String, vector: [T], shape: [Int]? = nil) {
    set(key) { writer in writer.write(vector, shape: shape, key: key) }
  }

  /// Sets `key` to a vector of numbers, copied from a span; see the form for arrays.
  public mutating func set<T: Tbl.Scalar>(_ key: String, vector: Span<T>, shape: [Int]? = nil) {
    set(key) { writer in writer.write(vector, shape: shape, key: key) }
  }

  /// Sets `key` to a vector of the numbers and dimensions of `tensor`.
  ///
  /// - Parameters:
  ///   - key: Name of the field.
  ///   - tensor: Copied before returning.
  ///   - keepingStrides: Whether its elements shall lie in the document with the gaps, or in the
  ///     order, in which they lie now; else they lie one behind the other.
  /// - Complexity: O(bytes of the vector).
  public mutating func set<T: Tbl.Scalar>(
    _ key: String, tensor: Tbl.Tensor<T>, keepingStrides: Bool = false
  ) {
    set(key) { writer in writer.write(tensor, keepingStrides: keepingStrides, key: key) }
  }

  /// Sets `key` to a vector of truth values; see the form for numbers.
  public mutating func set(_ key: String, vector: [Bool], shape: [Int]? = nil) {
    set(key) { writer in writer.write(vector, shape: shape, key: key) }
  }

  /// Sets `key` to a vector of texts; see the form for numbers.
  public mutating func set(_ key: String, vector: [String], shape: [Int]? = nil) {
    set(key) { writer in writer.write(vector, shape: shape, key: key) }
  }

  /// Sets `key` to a vector whose elements are bytes; see the form for numbers.
  public mutating func set(_ key: String, vector: [Tbl.Bytes], shape: [Int]? = nil) {
    set(key) { writer in writer.write(vector, shape: shape, key: key) }
  }

  /// Sets `key` to a vector of tables; see the form for numbers.
  public mutating func set(_ key: String, vector: [Tbl], shape: [Int]? = nil) {
    set(key) { writer in writer.write(vector, shape: shape, key: key) }
  }

  /// Gives the table a vector of numbers of its own, in place of an earlier one.
  ///
  /// Set it before the keys: later it has to move them.
  ///
  /// - Parameters:
  ///   - vector: The numbers, the last dimension's next to each other.
  ///   - shape: 1 to 8 dimensions, slowest-varying first, whose product is the count; nil for one
  ///     dimension.
  public mutating func setVector<T: Tbl.Scalar>(_ vector: [T], shape: [Int]? = nil) {
    setOwnVector { writer in writer.write(vector, shape: shape, key: nil) }
  }

  /// Gives the table a vector of numbers of its own, copied from a span; see the form for arrays.
  public mutating func setVector<T: Tbl.Scalar>(_ vector: Span<T>, shape: [Int]? = nil) {
    setOwnVector { writer in writer.write(vector, shape: shape, key: nil) }
  }

  /// Gives the table a vector of its own of the numbers and dimensions of `tensor`; see
  /// ``set(_:tensor:keepingStrides:)``.
  public mutating func setVector<T: Tbl.Scalar>(
    tensor: Tbl.Tensor<T>, keepingStrides: Bool = false
  ) {
    setOwnVector { writer in writer.write(tensor, keepingStrides: keepingStrides, key: nil) }
  }

  /// Gives the table a vector of truth values of its own; see the form for numbers.
  public mutating func setVector(_ vector: [Bool], shape: [Int]? = nil) {
    setOwnVector { writer in writer.write(vector, shape: shape, key: nil) }
  }

  /// Gives the table a vector of texts of its own; see the form for numbers.
  public mutating func setVector(_ vector: [String], shape: [Int]? = nil) {
    setOwnVector { writer in writer.write(vector, shape: shape, key: nil) }
  }

  /// Gives the table a vector of its own whose elements are bytes; see the form for numbers.
  public mutating func setVector(_ vector: [Tbl.Bytes], shape: [Int]? = nil) {
    setOwnVector { writer in writer.write(vector, shape: shape, key: nil) }
  }

  /// Gives the table a vector of tables of its own; see the form for numbers.
  public mutating func setVector(_ vector: [Tbl], shape: [Int]? = nil) {
    setOwnVector { writer in writer.write(vector, shape: shape, key: nil) }
  }

  /// Gives the table a vector of values of any type of its own; see the form for numbers.
  public mutating func setVector(values: [Tbl.Value], shape: [Int]? = nil) {
    setOwnVector { writer in writer.write(values: values, shape: shape, key: nil) }
  }
}
