/// Suffixes of files that hold code.
private let code: Set<Substring> = [
  "c", "cpp", "css", "h", "hpp", "html", "js", "mjs", "pml", "py", "sh", "swift",
]

extension Rule {
  static let fileLength = fileLength(except: [
    "Bindings/Python/tbl.py": "one file without others, so that it can be copied anywhere"
  ])

  /// An exception that is not needed breaks the rule too.
  static func fileLength(except long: [String: String]) -> Rule {
    Rule(name: "no file has more than 600 lines") { tree in
      tree.files.compactMap { file in
        let isLong = code.contains(file.suffix) && file.lines.count > 600
        guard long[file.path] != nil else {
          return isLong ? file.violation("\(file.lines.count) lines") : nil
        }
        return isLong ? nil : file.violation("needs no exception")
      }
    }
  }

  static let whitespace = Rule(name: "no tabs, no trailing blanks, one line end at the end") {
    tree in
    tree.files.flatMap { file -> [Violation] in
      var found = file.violations { line in
        if line.utf8.contains(13) { return "carriage return" }
        if line.utf8.last == 32 || line.utf8.last == 9 { return "trailing blank" }
        let mayTab = file.name == "Makefile" || file.suffix == "tsv"
        return line.utf8.contains(9) && !mayTab ? "tab" : nil
      }
      if !file.lines.isEmpty && !file.endsWithLineEnd {
        found.append(file.violation("the last line has no end"))
      }
      if file.lines.last == "" { found.append(file.violation("blank lines at the end")) }
      return found
    }
  }

  /// Headers are included once, modules are checked, scripts are for bash and stop at what is unset.
  static let openings = Rule(name: "files open as their kind demands") { tree in
    tree.files.flatMap { file -> [Violation] in
      var lacking: [String] = []
      switch (file.suffix, file.lines.first) {
      case ("h", _), ("hpp", _):
        if !file.lines.contains("#pragma once") { lacking.append("#pragma once") }
      case ("js", _):
        if file.lines.first != "// @ts-check" { lacking.append("// @ts-check") }
      case ("", let first?) where first.hasPrefix("#!"):
        if !["#!/usr/bin/env bash", "#!/bin/bash"].contains(first) { lacking.append("bash") }
        if !file.lines.contains(where: { $0.contains(/^set -\w*u/) }) { lacking.append("set -u") }
      default: break
      }
      return lacking.map { file.violation("lacks '\($0)'") }
    }
  }

  static let wording = Rule(name: "nothing is promised for later") { tree in
    let hints = ["TODO", "FIXME", "XXX", "HACK", "mplemented", "laceholder", "or now"]
    let later = /(?:^|\W)(TODO|FIXME|XXX|HACK|[Nn]ot (?:yet )?implemented|[Uu]nimplemented)(?:\W|$)/
    // Not `now, then` in Python.
    let now = /(?:^|\W)([Ff]or now)(?!\w|, \w+ in )/
    // Not an input's in HTML or CSS.
    let empty = /(?:^|[^\w:])([Pp]laceholder)(?![\w=])/
    return tree.written.filter { $0.mentions(hints) }.flatMap { file in
      file.violations { line in
        guard hints.contains(where: line.contains) else { return nil }
        let found = [later, now, empty].lazy.compactMap { line.firstMatch(of: $0)?.1 }.first
        return found.map { "'\($0)': do it, or leave it out" }
      }
    }
  }

  static let machinePaths = Rule(name: "no path of one machine") { tree in
    // Where this checkout lies is such a path too, unless it is too short to tell.
    let root = tree.root.flatMap { $0.dropFirst().contains("/") ? $0 : nil } ?? "/home/"
    return tree.written.flatMap { file -> [Violation] in
      guard file.mentions([root, "/home/", "/root/", "/Users/"]) else { return [] }
      return file.violations { line in
        if tree.root == root && line.contains(root) { return "the path of this checkout" }
        return line.contains(/(?:^|[^\w.}])\/(?:home|root|Users)\/\w/)
          ? "a path of one machine" : nil
      }
    }
  }
}
