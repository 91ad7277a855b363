import SharedMemory
import SimDB

/// How structures of nodes are made.
extension Database {
  /// Attaches to a structure of units, creating it if asked to and absent.
  ///
  /// - Parameters:
  ///   - keys: How its keys lie; `nil` of one without.
  ///   - headsSize: Bytes of its heads, a multiple of 64; `nil` where the entry says it.
  ///   - isUpdated: Whether elements get other values.
  ///   - reserved: Units that are in use while there are no elements.
  ///   - fillHeads: Fills them, all zero before.
  func nodePool(
    _ name: String, _ kind: TypeID, creating capacity: ElementCapacity?, keys: SharedLayout?,
    values: SharedLayout, stride: Int, headsSize: Int, isSorted: Bool,
    isUpdated: Bool, reserved: Int = 0, fillHeads: @escaping (SharedRegion) -> Void = { _ in }
  ) throws(StoreError) -> StructureHandle {
    guard let capacity else { return try structure(name, type: kind, creating: nil) }
    guard capacity.isPossible else {
      throw StoreError(
        .invalidArgument, place: "database '\(self.name)', \(kind) '\(name)'",
        reason: "room for \(capacity.initial) elements, growing to \(capacity.maximum), is not "
          + "possible",
        remedy: "choose 1 to \(ElementCapacity.most), and no maximum below it")
    }
    let bits = ElementCapacity.bits(capacity.initial + reserved, isUpdated: isUpdated)
    let maximumBits = ElementCapacity.bits(capacity.maximum + reserved, isUpdated: isUpdated)
    return try structure(
      name, type: kind,
      creating: NodePool.blueprint(
        stride: stride, bits: bits, maximumBits: maximumBits, headsSize: headsSize,
        isSorted: isSorted
      ) { region in
        if let keys { ElementLayout.write(keys, to: region, at: NodeLayout.keys) }
        ElementLayout.write(values, to: region, at: NodeLayout.values)
        fillHeads(region)
      })
  }
}

extension NodePool {
  /// Bytes of an entry of units, and what fills it.
  ///
  /// - Parameter fill: Fills what is not of the pool, after its sizes have been written.
  static func blueprint(
    stride: Int, bits: Int, maximumBits: Int, headsSize: Int = 0, isSorted: Bool = false,
    fill: @escaping (SharedRegion) -> Void = { _ in }
  ) -> (byteCount: Int, initialize: (SharedRegion) -> Void) {
    let levels = isSorted ? Extent.levels(bits: mostBits) : 0
    let start = NodeLayout.headerSize + headsSize
    return (
      byteCount: start + Extent.byteCount(bits: bits, levels: levels, stride: stride),
      initialize: { region in
        region.word32(at: 0).storeRelaxed(NodeLayout.version)
        region.word32(at: NodeLayout.stride).storeRelaxed(UInt32(stride))
        region.word(at: NodeLayout.unitBits).storeRelaxed(UInt64(bits))
        region.word(at: NodeLayout.maximumBits).storeRelaxed(UInt64(maximumBits))
        region.word(at: NodeLayout.headsSize).storeRelaxed(UInt64(headsSize))
        fill(region)
        let extent = Extent(region, at: start, bits: bits, levels: levels)
        extent.initialize(isFirst: true)
        // Number 0 names none, whatever free bits say.
        region.word(at: extent.units).storeRelaxed(UnitWord(rawValue: 0).next(.gone).rawValue)
      }
    )
  }
}

extension NodeList {
  /// Bytes of the only head: its link, and hints of all levels.
  static var sortedHeadSize: Int { 128 }

  /// Checks an entry and makes the list, or the lists, in it.
  convenience init(
    _ handle: StructureHandle, _ kind: TypeID
  ) throws(StoreError) {
    let pool = try NodePool(
      handle, kind, stride: Self.stride, headsSize: Key.isHinted ? Self.sortedHeadSize : nil,
      isSorted: Key.isHinted)
    let heads = Key.isHinted ? 1 : pool.headsSize / 8
    guard heads > 0, heads & (heads - 1) == 0 else {
      throw pool.corrupt("its heads are no power of two")
    }
    self.init(pool, headMask: UInt64(heads - 1))
  }
}
