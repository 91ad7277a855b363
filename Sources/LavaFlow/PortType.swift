import SharedMemory
import SimDB

/// What packets of a port hold: a name that both ends of an edge agree on.
///
/// **Concurrency.** A value.
public struct PortType: Hashable, Sendable, CustomStringConvertible {
  /// `bytes`, `utf8`, `tbl`, or the layout name of a plain value.
  public let name: String
  /// Size in bytes of a plain value; `nil` where packets vary in size.
  public let valueSize: Int?
  /// What envelopes say of the payload.
  public let typeID: TypeID
  /// The Swift type of a plain value, as a number that is compared for each packet; 0 for none.
  @usableFromInline let identity: UInt

  private init(name: String, valueSize: Int?, typeID: TypeID, identity: UInt) {
    self.name = name
    self.valueSize = valueSize
    self.typeID = typeID
    self.identity = identity
  }

  /// Bytes of any meaning; an input of this type accepts every packet.
  public static let bytes = PortType(name: "bytes", valueSize: nil, typeID: .bytes, identity: 0)
  /// UTF-8 text.
  public static let utf8 = PortType(name: "utf8", valueSize: nil, typeID: .utf8, identity: 0)
  /// A tbl.
  public static let tbl = PortType(name: "tbl", valueSize: nil, typeID: .tbl, identity: 0)

  /// Plain values of one Swift type.
  public static func value<Value: SharedValue>(_ type: Value.Type) -> PortType {
    PortType(
      name: Value.layoutName, valueSize: MemoryLayout<Value>.size,
      typeID: typeID(ofLayout: Value.layoutName), identity: identity(of: type))
  }

  /// The Swift type as a number.
  @inlinable @inline(__always)
  static func identity<Value: SharedValue>(of type: Value.Type) -> UInt {
    UInt(bitPattern: ObjectIdentifier(type))
  }

  /// A number above the tabled ones that every host derives alike from a layout's name (FNV-1a).
  static func typeID(ofLayout name: String) -> TypeID {
    var hash: UInt32 = 2_166_136_261
    for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return TypeID(rawValue: hash < 1024 ? hash + 1024 : hash)
  }

  /// Whether an input of this type may be connected to an output of type `output`.
  public func accepts(_ output: PortType) -> Bool {
    self == .bytes || (name == output.name && valueSize == output.valueSize)
  }

  /// The name.
  public var description: String { name }
}
