import SharedMemory

extension Pack {
  /// A pack read where it lies, in bytes that somebody else owns.
  ///
  /// Making a view checks the header; every access checks what it touches. So any bytes whatever
  /// give values or an error, and never a trap or a read outside.
  ///
  /// **Concurrency.** Reads immutable bytes; the compiler sees to it that they outlive the view.
  public struct View: ~Escapable {
    enum Form: Equatable {
      case values
      case elements(stride: Int)
    }

    let bytes: RawSpan
    let form: Form
    /// Number of values.
    public let count: Int

    /// Opens the pack that fills `bytes`.
    ///
    /// - Throws: `corrupt` when the header is not that of a pack of this size, `incompatible` when
    ///   it is of another version.
    /// - Complexity: O(1).
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) throws(StoreError) {
      guard bytes.byteCount >= PackLayout.headerSize else {
        throw Self.corrupt("\(bytes.byteCount) bytes are less than its header")
      }
      let version = bytes.number(at: 0, as: UInt32.self)
      guard version == PackLayout.version else {
        throw StoreError(
          .incompatible, place: Self.place,
          reason: "its version is \(version), this build has \(PackLayout.version)",
          remedy: "use the version that made it, or put it anew")
      }
      let byteCount = bytes.number(at: PackLayout.byteCount, as: UInt64.self)
      guard byteCount == UInt64(bytes.byteCount) else {
        throw Self.corrupt("it has \(bytes.byteCount) bytes and speaks of \(byteCount)")
      }
      let count = Int(clamping: bytes.number(at: PackLayout.count, as: UInt64.self))
      switch bytes.number(at: PackLayout.form, as: UInt32.self) {
      case 0:
        guard count <= (bytes.byteCount - PackLayout.headerSize) / PackLayout.rowSize else {
          throw Self.corrupt("\(count) values have no room in \(byteCount) bytes")
        }
        form = .values
      case 1:
        guard bytes.byteCount >= PackLayout.elements else {
          throw Self.corrupt("\(byteCount) bytes are less than the layout of its elements")
        }
        let layout = PackLayout.headerSize..<PackLayout.elements
        let stride = ElementLayout.stride(in: bytes.extracting(layout))
        let (size, overflow) = count.multipliedReportingOverflow(by: stride)
        guard stride > 0, !overflow, size == bytes.byteCount - PackLayout.elements else {
          throw Self.corrupt("it is not as long as \(count) elements of \(stride) bytes")
        }
        form = .elements(stride: stride)
      case let other: throw Self.corrupt("there is no form \(other)")
      }
      self.bytes = bytes
      self.count = count
    }

    /// How the elements lie; `nil` in a pack of values of any size.
    ///
    /// - Complexity: O(characters of the fields).
    public var layout: SharedLayout? {
      guard case .elements = form else { return nil }
      return ElementLayout.read(
        from: bytes.extracting(PackLayout.headerSize..<PackLayout.elements))
    }

    /// The value at `index`, where it lies.
    ///
    /// **Concurrency.** Any thread; what it shows does not change.
    ///
    /// - Precondition: An index of `0..<count`.
    /// - Returns: The value, lent where it lies.
    /// - Throws: `corrupt` when the offset table leads elsewhere.
    /// - Complexity: O(1).
    @_lifetime(copy self)
    public func value(at index: Int) throws(StoreError) -> Value {
      precondition(index >= 0 && index < count, "there is no such value")
      switch form {
      case .elements(let stride):
        let start = PackLayout.elements + index * stride
        return Value(type: .bytes, bytes: bytes.extracting(start..<start + stride))
      case .values:
        let row = PackLayout.headerSize + index * PackLayout.rowSize
        let offset = bytes.number(at: row, as: UInt64.self)
        let length = bytes.number(at: row + PackLayout.rowLength, as: UInt32.self)
        let (end, overflow) = offset.addingReportingOverflow(UInt64(length))
        let tableEnd = UInt64(PackLayout.headerSize + count * PackLayout.rowSize)
        guard !overflow, offset >= tableEnd, end <= UInt64(bytes.byteCount) else {
          throw Self.corrupt("value \(index) lies outside")
        }
        return Value(
          type: TypeID(rawValue: bytes.number(at: row + PackLayout.rowType, as: UInt32.self)),
          bytes: bytes.extracting(Int(offset)..<Int(end)))
      }
    }

    /// Calls `body` with each value, where it lies, in the order in which they were packed.
    ///
    /// **Concurrency.** As ``value(at:)``.
    ///
    /// - Throws: As ``value(at:)``, and what `body` throws.
    /// - Complexity: O(values).
    public func forEach(
      _ body: (_ index: Int, _ value: borrowing Value) throws(StoreError) -> Void
    ) throws(StoreError) {
      for index in 0..<count { try body(index, value(at: index)) }
    }

    /// Lends the elements of a pack of one layout.
    ///
    /// **Concurrency.** As ``value(at:)``.
    ///
    /// - Returns: What `body` returned.
    /// - Throws: `typeMismatch`, which names both layouts, when they are no such elements; what
    ///   `body` throws.
    /// - Complexity: O(1), and some microseconds for the layout.
    public func withElements<Element: SharedValue, Result>(
      of type: Element.Type, _ body: (Span<Element>) throws -> Result
    ) throws -> Result {
      try PackedLayout(of: type).elements(in: self).withElements(of: type, body)
    }

    static let place = "a pack"

    static func corrupt(_ reason: String) -> StoreError {
      StoreError(.corrupt, place: place, reason: reason, remedy: "put it anew")
    }
  }

  /// A value in a pack, where it lies.
  ///
  /// **Concurrency.** As ``View``.
  public struct Value: ~Escapable {
    /// What the bytes are.
    public let type: TypeID
    /// The bytes, which begin at a multiple of 16 from the beginning of the pack, or more where
    /// their type needs it.
    public let bytes: RawSpan

    @_lifetime(copy bytes)
    init(type: TypeID, bytes: RawSpan) {
      self.type = type
      self.bytes = bytes
    }

    /// Lends the bytes as elements of a plain type. That they are those of this type is the
    /// caller's to know.
    ///
    /// **Concurrency.** Any thread; what it shows does not change.
    ///
    /// - Returns: What `body` returned.
    /// - Throws: `typeMismatch` when they are no whole number of elements; what `body` throws.
    /// - Complexity: O(1).
    public func withElements<Element: SharedValue, Result>(
      of type: Element.Type, _ body: (Span<Element>) throws -> Result
    ) throws -> Result {
      guard bytes.byteCount % MemoryLayout<Element>.stride == 0 else {
        throw StoreError(
          .typeMismatch, place: View.place,
          reason: "\(bytes.byteCount) bytes are no elements \(Element.layoutName)",
          remedy: "read the value as what was appended")
      }
      return try bytes.withElements(of: Element.self, body)
    }
  }
}
