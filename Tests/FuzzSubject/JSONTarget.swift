import Tbl

/// Bytes as JSON: what is read is written again, and read to an equal document.
extension FuzzTarget {
  static let json = FuzzTarget(name: "json", seeds: seededTexts) { input in
    guard let table = try? Tbl(json: input) else { return }
    guard let text = try? table.json() else {
      preconditionFailure("what JSON can say cannot be written as such")
    }
    guard let again = try? Tbl(json: text) else {
      // Two more levels, at most: what stands for one value is written as an array of it.
      let isDeep = (try? table.canonical()) != nil && input.count > 255
      precondition(isDeep, "its own JSON is refused: \(text.prefix(200))")
      return
    }
    precondition((try? again.json()) == text, "JSON that is read is written otherwise")
    precondition(
      table == again || table.holdsOneValue, "JSON that is read again is another document")
    ValidDocument(table).check()
  }

  private static func seededTexts() -> [[UInt8]] {
    [
      #"{"a": [1, -2, 3.5e10], "b": {"$bytes": "AAEC/w=="}, "$$c": null, "": true}"#,
      #"[[1, 2], [3, 4], [5, 6]]"#,
      #"{"$vector": [1, "two", [3], {"four": false}], "k": "\u00e9\ud83d\ude00\n\"\\/"}"#,
      #"[18446744073709551615, 0, 1e-320, -0, 123456789012345678901234567890]"#,
      #"{"\#((0..<12).map { "key-\($0)\": \($0)" }.joined(separator: ", \""))}"#,
      "\u{FEFF} [[[]], [{}], [[1.5], [2]], \"x\"]\r\n",
      String(repeating: "[", count: 60) + String(repeating: "]", count: 60),
      "{\"$$\u{301}\": 1, \"$$\": {\"a\": [0.5, 1]}}",
    ].map { Array($0.utf8) }
  }
}

extension Tbl {
  /// Whether this is the document of a single value, which JSON shows as an array of it.
  fileprivate var holdsOneValue: Bool {
    guard count == 0, case .values(let values) = vector else { return false }
    return values.count == 1
  }
}
