// Validation of a whole document in one pass.
//
// Invariant: the regions of a table lie one behind the other in the order of the records that
// refer to them. `cursor` is the first byte that no region has used; each region must begin there,
// but for alignment with zeros. So nothing is shared, nothing is hidden, no offset leads back, and
// the walk takes time linear in the size. Tables nest at most as deep as the height in their
// header, which decreases strictly.

extension Tbl.View {
  /// Checks every byte of this table and of the tables in it, so that no later access can fail.
  ///
  /// - Throws: `TblError` that names the first byte that contradicts the format.
  /// - Complexity: O(bytes); the stack holds at most `Tbl.maximumHeight` tables.
  public func validate() throws(TblError) {
    guard !isValidated else { return }
    var walk = Walk()
    if let vector = try vector() {
      try check(vector.record, at: Layout.vectorOffset, &walk)
      try claim(Layout.alignUp(walk.cursor, 8), 0, 8, at: Layout.vectorOffset, &walk)
    }
    for index in 0..<layout.count {
      let entry = layout.entries + Layout.entryBytes * index
      let key = try key(ofEntry: entry)
      try claim(
        Int(bytes.load(UInt32.self, at: entry + Layout.keyOffset)), key.byteCount, 1,
        at: entry + Layout.keyOffset, &walk)
      try checkText(key, at: entry + Layout.keyOffset)
      guard bytes.load(UInt32.self, at: entry) == keyHash(key, seed: layout.seed) else {
        throw corrupt(entry, "a hash that is not its key's")
      }
      let position = entry + Layout.recordOffset
      let record = try Record(in: bytes, at: position, origin: origin, own: false)
      try check(record, at: position, &walk)
    }
    try claim(layout.entries, 0, 8, at: layout.entries, &walk)
    guard (layout.features & Layout.stridesFeature != 0) == walk.hasStrides else {
      throw corrupt(Layout.featuresOffset, "strides that are not announced, or none that are")
    }
    guard Int(layout.height) == walk.tallestChild + 1 else {
      throw corrupt(Layout.heightOffset, "a height other than its children's greatest plus 1")
    }
    try checkLookups()
  }

  /// Where the parts of a copy of this table lie, after checking all of it.
  ///
  /// The copy is what is checked: another process may change what it was made of in between.
  func layout(ofCopy copy: RawSpan) throws(TblError) -> Layout {
    guard !isValidated else { return layout }
    let layout = try Layout(of: copy, origin: origin, heightLimit: Tbl.maximumHeight + 1)
    try Tbl.View(copy, layout: layout, origin: origin, isValidated: false).validate()
    return layout
  }

  /// The same table, of which nothing is validated again.
  ///
  /// What goes through a whole document, such as `Tbl.Field.json(pretty:nonFinite:)`, validates it
  /// before; of the view that this returns, and of the tables and fields in it, that is already
  /// done. Its accessors throw only `misaligned`, if anything.
  ///
  /// - Precondition: Nobody changes the bytes as long as the view or anything that was read of it
  ///   is used. Nobody can change those of an array; others can change those of shared memory,
  ///   which is to be copied before: `Tbl(copying:)` validates the copy.
  /// - Throws: As ``validate()``.
  /// - Complexity: As ``validate()``; O(1) when the view was made by this, or lent by a `Tbl`.
  @_lifetime(copy self)
  public func validated() throws(TblError) -> Tbl.View {
    try validate()
    return Tbl.View(bytes, layout: layout, origin: origin, isValidated: true)
  }

  private struct Walk {
    var cursor = Layout.headerBytes
    var tallestChild = -1
    var hasStrides = false
  }

  /// Checks that a region begins at the cursor, after zeros up to `alignment`, and moves past it.
  private func claim(
    _ offset: Int, _ length: Int, _ alignment: Int, at place: Int, _ walk: inout Walk
  ) throws(TblError) {
    try claim(offset, length, expected: Layout.alignUp(walk.cursor, alignment), at: place, &walk)
  }

  private func claim(
    _ offset: Int, _ length: Int, expected: Int, at place: Int, _ walk: inout Walk
  ) throws(TblError) {
    guard offset == expected else {
      throw corrupt(place, "refers to byte \(offset) instead of \(expected)")
    }
    _ = try region(offset, length, place: place)
    for padding in walk.cursor..<offset where bytes.load(UInt8.self, at: padding) != 0 {
      throw corrupt(padding, "padding that is not 0")
    }
    walk.cursor = offset + length
  }

  private func check(_ record: Record, at place: Int, _ walk: inout Walk) throws(TblError) {
    guard !record.isVector else { return try checkVector(record, at: place, &walk) }
    switch record.code {
    case .string, .bytes:
      try claim(record.offset, record.count, 1, at: place, &walk)
      if record.code == .string {
        try checkText(region(record.offset, record.count, place: place), at: place)
      }
    case .table:
      try checkChild(record.offset, record.count, at: place, &walk)
    default:
      break
    }
  }

  private func checkVector(
    _ record: Record, at place: Int, _ walk: inout Walk
  ) throws(TblError) {
    let field = Tbl.Field(table: self, record: record, place: place)
    let alignment = min(record.code.strideBytes ?? 4, 8)
    let words = (record.isStrided ? 2 : record.rank > 1 ? 1 : 0) * Int(record.rank)
    if words > 0 {
      let data = Layout.alignUp(walk.cursor + 4 * words, max(4, alignment))
      try claim(
        record.offset - 4 * words, 4 * words, expected: data - 4 * words, at: place, &walk)
    }
    let geometry = try field.geometry()
    if let stride = record.code.strideBytes {
      try claim(record.offset, geometry.extent * stride, alignment, at: place, &walk)
      if record.isStrided {
        try checkGaps(geometry, record.offset, stride)
        walk.hasStrides = true
      }
    } else {
      try claim(record.offset, 4 * (record.count + 1), alignment, at: place, &walk)
    }
    switch record.code {
    case .bool:
      _ = try field.bools()
    case .string, .bytes, .table:
      try checkRagged(field, &walk)
    case .value:
      for index in 0..<record.count {
        guard let element = try field.value(at: index) else { continue }
        try check(element.record, at: element.place, &walk)
      }
    default:
      break
    }
  }

  /// What lies between elements must be 0, like all that is skipped.
  private func checkGaps(
    _ geometry: Geometry, _ offset: Int, _ width: Int
  ) throws(TblError) {
    try geometry.forEachGap { (start, count) throws(TblError) in
      for place in (offset + start * width)..<(offset + (start + count) * width)
      where bytes.load(UInt8.self, at: place) != 0 {
        throw corrupt(place, "a gap between elements that is not 0")
      }
    }
  }

  private func checkRagged(_ field: borrowing Tbl.Field, _ walk: inout Walk) throws(TblError) {
    let offsets = try field.offsets()
    let base = field.raggedBase
    try claim(base, 0, field.type == .table ? 8 : 1, at: field.place, &walk)
    for index in 0..<field.count {
      let begin = Int(offsets.load(UInt32.self, at: 4 * index))
      let length = Int(offsets.load(UInt32.self, at: 4 * index + 4)) - begin
      let place = field.record.offset + 4 * index
      if field.type == .table {
        try checkChild(base + begin, length, at: place, &walk)
      } else {
        try claim(base + begin, length, 1, at: place, &walk)
        if field.type == .string {
          try checkText(region(base + begin, length, place: place), at: place)
        }
      }
    }
  }

  private func checkChild(
    _ offset: Int, _ length: Int, at place: Int, _ walk: inout Walk
  ) throws(TblError) {
    try claim(offset, length, 8, at: place, &walk)
    let inner = try child(offset, length, place: place)
    try inner.validate()
    walk.tallestChild = max(walk.tallestChild, Int(inner.layout.height))
  }

  private func checkText(_ part: RawSpan, at place: Int) throws(TblError) {
    do {
      _ = try UTF8Span(validating: part.octets)
    } catch {
      throw corrupt(place, "text that is not UTF-8")
    }
  }

  /// Each entry must be what a lookup of its key finds, so no key stands twice; and where there is
  /// an index, as many of its slots must be used as there are entries.
  ///
  /// A lookup makes at most `Layout.maximumProbes` steps, so this is linear in the bytes of the
  /// keys.
  private func checkLookups() throws(TblError) {
    for index in 0..<layout.count {
      let entry = layout.entries + Layout.entryBytes * index
      guard try find(key(ofEntry: entry)) == entry else {
        throw corrupt(entry, "a key that stands twice, or that a lookup does not find")
      }
    }
    var used = 0
    for slot in 0..<layout.slots where try entry(inSlot: slot) != nil { used += 1 }
    guard layout.slots == 0 || used == layout.count else {
      throw corrupt(layout.index, "an index with other entries")
    }
  }
}
