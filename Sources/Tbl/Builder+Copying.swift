// Values of other tables, copied as they are: what is inside a nested table is not looked at again.

extension Tbl.Builder {
  /// Sets `key` to a copy of `field`, of the same type; a vector of values becomes a table whose
  /// own vector it is.
  ///
  /// Damage in a table that was not validated is kept for ``finish()``.
  ///
  /// - Complexity: O(bytes of the value); of the whole table around `field` when that was not
  ///   validated.
  public mutating func set(_ key: String, _ field: borrowing Tbl.Field) {
    let field = copy field
    guard !field.isVector || field.type != .value else {
      var inner = Tbl.Builder()
      inner.setVector(field)
      return set(key, inner)
    }
    set(key) { writer in writer.write(field, .asItIs, key: key) }
  }

  /// Gives the table a vector of its own, a copy of `field`.
  ///
  /// Damage is kept as by the form for keys.
  ///
  /// - Precondition: `field` is a vector.
  /// - Complexity: As the form for keys.
  public mutating func setVector(_ field: borrowing Tbl.Field) {
    precondition(field.isVector, "a table's own vector is a vector")
    let field = copy field
    setOwnVector { writer in writer.write(field, .asItIs, key: nil) }
  }

  /// Sets the member of `table` at `index`.
  mutating func set(_ form: RegionWriter.Form, of table: Tbl.View, at index: Int) throws(TblError) {
    let field = try table.field(at: index)
    let key = try table.key(at: index)
    set(key) { writer in writer.write(field, form, key: key) }
  }

  /// Gives the table the own vector of another, if that has one.
  mutating func setVector(_ form: RegionWriter.Form, of table: Tbl.View) throws(TblError) {
    guard let vector = try table.vector() else { return }
    setOwnVector { writer in writer.write(vector, form, key: nil) }
  }
}

extension Tbl.View {
  /// A copy with the keys in the order of `indices`, each of which stands there once.
  ///
  /// - Precondition: It is validated: each value that is copied would be the occasion to do it
  ///   again.
  func copied(_ form: RegionWriter.Form, _ indices: some Sequence<Int>) throws(TblError) -> Tbl {
    precondition(isValidated, "copied before it is validated")
    var builder = Tbl.Builder()
    try builder.setVector(form, of: self)
    for index in indices { try builder.set(form, of: self, at: index) }
    return try (consume builder).finish()
  }
}

extension RegionWriter {
  /// What a copy shall look like.
  enum Form {
    /// As what it is a copy of.
    case asItIs
    /// Without strides: see ``Tbl/packed()``.
    case packed
    /// As its content alone demands: see ``Tbl/canonical()``.
    case canonical
  }

  /// Writes a copy of a value of another table.
  mutating func write(_ field: Tbl.Field, _ form: Form, key: String?) -> Record? {
    guard failure == nil else { return nil }
    do throws(TblError) {
      try field.owner.validate()
      // Bytes that another process changes are not those any more that were found valid.
      isTrusted = isTrusted && field.owner.isValidated
      return try copy(field, form, key: key)
    } catch {
      failure = failure ?? error.inside(key)
      return nil
    }
  }

  /// - Returns: nil when it does not fit, which `failure` then says.
  private mutating func copy(
    _ field: Tbl.Field, _ form: Form, key: String?
  ) throws(TblError) -> Record? {
    guard !field.isVector else { return try copyVector(field, form, key: key) }
    switch field.type {
    case .string, .bytes:
      guard let bytes = try field.bytes() else { return nil }
      return write(field.type, bytes, key: key)
    case .table:
      guard let table = try field.table() else { return nil }
      switch form {
      case .asItIs: break
      case .packed: return write(try table.packed(), key: key)
      case .canonical: return write(try table.canonical(), key: key)
      }
      return write(table: table.bytes, height: Int(table.layout.height), key: key)
    default:
      return Record(field.type, payload: field.record.payload)
    }
  }

  private mutating func copyVector(
    _ field: Tbl.Field, _ form: Form, key: String?
  ) throws(TblError) -> Record? {
    let geometry = try field.geometry()
    let shape = geometry.shape
    if let width = field.type.width {
      let elements = try field.extent(geometry, width)
      return write(field.type, elements, geometry, keepsStrides: form == .asItIs, key: key)
    }
    switch field.type {
    case .value:
      return try writeValues(count: field.count, shape: shape, key: key) {
        (writer, index) throws(TblError) in
        try writer.copy(field.element(at: index), form, key: key)
      }
    case .table:
      return try writeRagged(.table, count: field.count, shape: shape, key: key) {
        (writer, index) throws(TblError) in
        try writer.copy(field.element(at: index), form, key: key).map(\.offset)
      }
    default:
      return try writeRagged(field.type, count: field.count, shape: shape, key: key) {
        (writer, index) throws(TblError) in
        guard let part = try field.bytes(at: index) else { return nil }
        return writer.append(part, key: key)
      }
    }
  }
}
