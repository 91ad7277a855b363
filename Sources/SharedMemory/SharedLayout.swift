/// How the bytes of a plain value lie: what two programs must agree on before they share one.
///
/// The fields are a text that names every field and its type, in the order in which they lie:
///
///     NAME                        a type without fields, such as u64
///     NAME{LABEL:FIELDS,...}      a type with fields, as sensor.sample.1{time:u64,axes:f32[3]}
///     FIELDS[COUNT]               an array
///
/// Each field lies at the next multiple of its alignment, so text, size and stride together tell
/// where it is, and viewers that do not know the type can show its values.
///
/// **Concurrency.** A value.
///
/// - Complexity: making one costs some microseconds; it is made when a structure is attached.
public struct SharedLayout: Hashable, Sendable, CustomStringConvertible {
  /// The type's name and fields.
  public let fields: String
  /// Bytes of a value.
  public let size: Int
  /// Bytes from one value to the next.
  public let stride: Int
  /// What its address is a multiple of.
  public let alignment: Int

  /// A layout that was read from elsewhere.
  public init(fields: String, size: Int, stride: Int, alignment: Int) {
    self.fields = fields
    self.size = size
    self.stride = stride
    self.alignment = alignment
  }

  /// The layout of a type in this program.
  public init<Value: SharedValue>(of type: Value.Type) {
    self.init(
      fields: Value.layoutFields, size: MemoryLayout<Value>.size,
      stride: MemoryLayout<Value>.stride, alignment: MemoryLayout<Value>.alignment)
  }

  /// A number that differs, but for one case in 2^64, where anything of the layouts does.
  ///
  /// - SeeAlso: FNV-1a, by Fowler, Noll and Vo.
  public var fingerprint: UInt64 {
    "\(fields) \(size) \(stride) \(alignment)".utf8.reduce(0xcbf2_9ce4_8422_2325) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
  }

  /// Fields and sizes, for people.
  public var description: String {
    "\(fields) of \(size) bytes (stride \(stride), alignment \(alignment))"
  }

  /// The fields as a mirror shows them.
  static func reflectedFields<Value: SharedValue>(of type: Value.Type) -> String {
    // Every pattern of bits is a value, so that there is one to be looked at.
    let zero: Value = unsafe withUnsafeTemporaryAllocation(
      byteCount: max(1, MemoryLayout<Value>.stride), alignment: MemoryLayout<Value>.alignment
    ) { buffer in
      unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
      return unsafe buffer.baseAddress!.load(as: Value.self)
    }
    let children = Swift.Mirror(reflecting: zero).children
    if children.isEmpty { return Value.layoutName }
    let fields = children.map { child in
      let type = (child.value as? any SharedValue).map { Swift.type(of: $0).layoutFields }
      return "\(child.label ?? ""):\(type ?? String(describing: Swift.type(of: child.value)))"
    }
    return "\(Value.layoutName){\(fields.joined(separator: ","))}"
  }
}
