import SharedMemory

extension Pack {
  /// Packs values of any size, one after the other.
  ///
  /// **Concurrency.** A value.
  public struct Builder: Sendable {
    /// Values begin at multiples of this, unless their type needs more.
    static let alignment = 16
    /// The most that a type may need: packs begin on a cache line.
    static let mostAlignment = 64

    /// Rows of the offset table, with offsets from where the values begin.
    private var table: [(offset: Int, length: UInt32, type: TypeID)] = []
    private var values: [UInt8] = []

    /// An empty pack.
    public init() {}

    /// Number of values so far.
    public var count: Int { table.count }

    /// Appends a value.
    ///
    /// **Concurrency.** One thread.
    ///
    /// - Parameters:
    ///   - value: Less than 4 GiB, copied.
    ///   - type: What the bytes are.
    /// - Complexity: O(bytes), amortized.
    public mutating func append<Source: ByteSource & ~Escapable>(
      _ value: Source, type: TypeID = Source.usualType
    ) {
      value.withBytes { append(bytes: $0, type: type, alignment: Self.alignment) }
    }

    /// Appends a vector of plain values as one value.
    ///
    /// **Concurrency.** One thread.
    ///
    /// - Precondition: The type's alignment is at most 64.
    /// - Complexity: O(elements), amortized.
    public mutating func append<Element: SharedValue>(
      elements: [Element], type: TypeID = .bytes
    ) {
      append(
        bytes: elements.span.plainBytes, type: type,
        alignment: max(Self.alignment, MemoryLayout<Element>.alignment))
    }

    private mutating func append(bytes: RawSpan, type: TypeID, alignment: Int) {
      precondition(alignment <= Self.mostAlignment, "packs begin at multiples of 64 only")
      guard let length = UInt32(exactly: bytes.byteCount) else {
        preconditionFailure("a value in a pack has less than 4 GiB")
      }
      pad(&values, to: alignment)
      table.append((values.count, length, type))
      values.append(bytes)
    }

    /// The pack of what was appended.
    ///
    /// **Concurrency.** One thread.
    ///
    /// - Returns: The pack.
    /// - Complexity: O(bytes).
    public consuming func finish() -> Pack {
      let tableEnd = PackLayout.headerSize + table.count * PackLayout.rowSize
      let start = (tableEnd + Self.mostAlignment - 1) & ~(Self.mostAlignment - 1)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(start + values.count)
      PackLayout.appendHeader(
        to: &bytes, form: 0, count: table.count, byteCount: start + values.count)
      for row in table {
        bytes.append(number: UInt64(start + row.offset))
        bytes.append(number: row.length)
        bytes.append(number: row.type.rawValue)
      }
      pad(&bytes, to: Self.mostAlignment)
      bytes += values
      return Pack(complete: bytes)
    }

    private func pad(_ bytes: inout [UInt8], to alignment: Int) {
      bytes += repeatElement(0, count: -bytes.count & (alignment - 1))
    }
  }
}

extension PackLayout {
  /// Appends the header of a pack.
  static func appendHeader(to bytes: inout [UInt8], form: UInt32, count: Int, byteCount: Int) {
    bytes.append(number: version)
    bytes.append(number: form)
    bytes.append(number: UInt64(count))
    bytes.append(number: UInt64(byteCount))
    bytes += repeatElement(0, count: headerSize - 24)
  }
}
