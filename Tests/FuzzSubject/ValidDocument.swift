import Tbl
import TestSupport

/// What must hold of every valid document: nothing that reads one fails, and what changes one makes
/// another valid one.
struct ValidDocument {
  private let table: Tbl

  init(_ table: Tbl) { self.table = table }

  /// Traps where something does not hold.
  func check() {
    checkCopies()
    checkKeys()
    checkTexts()
    checkEdits()
    _ = try? Tbl.Decoder().decode(AnyValue.self, from: table)
    table.withView { view in
      var walk = DocumentWalk()
      walk.all(of: view.document)
    }
  }

  private func checkCopies() {
    precondition((try? Tbl(validating: table.bytes)) == table, "a document is none")
    let packed = table.packed()
    precondition(packed.isEquivalent(to: table), "packing changes the content")
    guard let canonical = result({ () throws(TblError) in try table.canonical() }) else { return }
    precondition((try? canonical.canonical()) == canonical, "the canonical form has another")
    precondition((try? packed.canonical()) == canonical, "packing changes the canonical form")
    precondition(canonical.isEquivalent(to: table) && table.isEquivalent(to: canonical))
    precondition(
      (try? table.contentHash()) == (try? canonical.contentHash()), "content with two hashes")
  }

  private func checkKeys() {
    let keys = table.keys
    precondition(keys.count == table.count, "\(keys.count) keys of \(table.count)")
    for (index, key) in keys.enumerated() {
      precondition(table[key] != nil, "a key without a value")
      let path = Tbl.Path(Tbl.Path(parts: [key]).description)
      precondition(path.parts == [key], "a path that is read as another")
      table.withView { view in
        do throws(TblError) {
          guard let field = try view.field(at: path), let found = try view.field(key) else {
            preconditionFailure("a key that leads nowhere")
          }
          let twin = try view.field(at: index)
          precondition(field.type == twin.type && field.count == twin.count)
          precondition(found.type == twin.type && found.count == twin.count)
        } catch {
          preconditionFailure("a valid document: \(error)")
        }
      }
    }
  }

  private func checkTexts() {
    precondition(!table.description.isEmpty)
    for choice in Tbl.NonFinite.allCases {
      do throws(TblError) {
        let text = try table.json(pretty: choice == .null, nonFinite: choice)
        checkReadable(text)
      } catch {
        precondition(choice == .refused && error.code == .notFinite, "no JSON: \(error)")
      }
    }
  }

  /// What is written as JSON can be read, but for arrays that are nested deeper than tables may be.
  private func checkReadable(_ text: String) {
    do throws(TblError) {
      _ = try Tbl(json: text)
    } catch {
      precondition(error.code == .tooDeep, "JSON that is none: \(error)")
    }
  }

  // MARK: Edits

  private func checkEdits() {
    let keys = table.keys
    for key in keys.prefix(4) + ["new", ""] {
      checkEdit(Tbl.Path(parts: [key]), mayLeadNowhere: false)
      checkEdit(Tbl.Path(parts: [key, "inside", key]), mayLeadNowhere: true)
    }
    var merged = table
    guard result({ () throws(TblError) in try merged.merge(table) }) != nil else { return }
    precondition(merged.isEquivalent(to: table), "merged with itself it is another")
    checkChangesInPlace(keys)
  }

  private func checkEdit(_ path: Tbl.Path, mayLeadNowhere: Bool) {
    var edited = table
    do throws(TblError) {
      try edited.set(path, .values([.int(7), .string("text"), .none]))
      precondition((try? Tbl(validating: edited.bytes)) == edited, "an edit makes no document")
      let first = try edited.withView { (view) throws(TblError) in
        try view.field(at: path.appending("0"))?.int
      }
      precondition(first == 7, "what was set is not there")
      let isRemoved = try edited.remove(path)
      precondition(isRemoved, "what was set cannot be removed")
      precondition((try? Tbl(validating: edited.bytes)) == edited, "a removal makes no document")
      let isThere = try edited.remove(path)
      precondition(!isThere, "what was removed is there")
    } catch {
      let isAllowed = mayLeadNowhere && error.code == .notATable
      precondition(isAllowed || error.code == .tooDeep, "no edit: \(error)")
      precondition(edited == table, "an edit that failed changed something")
    }
  }

  private func checkChangesInPlace(_ keys: [String]) {
    var changed = table
    for key in keys.prefix(8) {
      let path = Tbl.Path(parts: [key])
      changed.withMutableView { view in
        for path in [path, path.appending("0")] {
          _ = try? view.set(path, 5)
          _ = try? view.set(path, true)
        }
      }
    }
    precondition((try? Tbl(validating: changed.bytes)) == changed, "a change makes no document")
    precondition(changed.keys == keys)
  }

  /// What `body` gives; nil where a document cannot be as large.
  private func result<Value>(_ body: () throws(TblError) -> Value) -> Value? {
    do throws(TblError) {
      return try body()
    } catch {
      precondition(error.code == .tooLarge, "a valid document: \(error)")
      return nil
    }
  }
}

/// Whatever a document holds, found out as a program does that expects anything.
private indirect enum AnyValue: Decodable {
  case members([String: AnyValue])
  case elements([AnyValue])
  case number(Double)
  case integer(Int64)
  case truth(Bool)
  case text(String)
  case nothing

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .nothing
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let truth = try? container.decode(Bool.self) {
      self = .truth(truth)
    } else if let integer = try? container.decode(Int64.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let elements = try? container.decode([AnyValue].self) {
      self = .elements(elements)
    } else {
      self = .members(try container.decode([String: AnyValue].self))
    }
  }
}
