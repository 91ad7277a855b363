private let resources = "Sources/Fissure/Resources"

/// Names of vocabularies, which no browser asks for.
private let namespaces: Set<Substring> = [
  "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1999/xlink",
]

extension Rule {
  /// Text from a store never becomes markup or code, and nothing leaves the machine.
  static let pageSafety = Rule(name: "the page runs no foreign text and asks no other host") {
    tree in
    let markup =
      /\W(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write)\W/
    let evaluation = /(?:^|\W)(eval\(|new Function\W|javascript:|set(?:Timeout|Interval)\(['"`])/
    let handler = /(\son[a-z]+\s*=\s*["']|setAttribute\(['"]on\w+|<script(?![^>]*\ssrc=)[^>]*>)/
    let address = /((?:\w+:)?\/\/[A-Za-z0-9\[][^\s'"`)<>]*)/
    let checks = [
      (["HTML", "Contextual", "document.write"], markup, "turns text into markup"),
      (["eval", "Function", "javascript:", "Timeout", "Interval"], evaluation, "runs text"),
      (["on", "<script"], handler, "puts code into markup"),
      (["//"], address, "leads to another host"),
    ]
    return tree.files(in: resources, "js", "css", "html", "svg").flatMap { file in
      checks.filter { file.mentions($0.0) }.flatMap { hints, pattern, problem in
        file.violations { line in
          guard hints.contains(where: line.contains), let found = line.firstMatch(of: pattern)?.1,
            !namespaces.contains(found)
          else { return nil }
          return "'\(found)' \(problem)"
        }
      }
    }
  }

  static let pageModules = Rule(name: "the page's modules import only each other") { tree in
    let pattern = /(?:\sfrom|^\s*import|import\()\s*['"]([^'"]+)['"]/
    return tree.files(in: resources, "js").flatMap { file in
      file.violations { line in
        guard line.contains("import") || line.contains("from"),
          let name = line.firstMatch(of: pattern)?.1
        else { return nil }
        let isOurs = name.hasPrefix("./") && tree.file("\(resources)/\(name.dropFirst(2))") != nil
        return isOurs ? nil : "'\(name)' is no module of the page"
      }
    }
  }
}
