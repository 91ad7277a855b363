import ArgumentParser
import Tbl

/// `lava tbl stats FILE [PATH]`.
struct TblStatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Say what the numbers of vectors are like.",
    discussion: """
      Of the vector at PATH, or, in a table with a line for each, of all vectors of numbers that are \
      there or in the document. Of a column with empty cells, as 'lava tbl from-csv' makes them, the \
      cells that are there count.

      What is not a number is counted, and in none of the other figures. Exits with status 1 where \
      nothing is at PATH, or no vector of numbers.
      """)

  @Argument(help: "The document, or '-' for standard input.") var file: InputFile
  @Argument(help: "Keys and indices between dots; without it, all of the document.")
  var path: String?
  @Option(
    help: ArgumentHelp(
      "Also the numbers at these places of the order: 0 is the smallest, 1 the greatest.",
      valueName: "0.05,0.95"))
  var quantiles: QuantileList?
  @Option(
    help: ArgumentHelp(
      "Also how many numbers lie in each of so many equal parts of their range.",
      valueName: "parts"))
  var histogram: Int?
  @Flag(
    help: """
      Print a list as JSON: path, type, count, notANumber, missing, minimum, maximum, mean, \
      standardDeviation, variance, median, quantiles (fraction, number), mode (number, count), histogram \
      (from, to, counts). What there is not, or is infinite, is left out.
      """)
  var json = false

  func validate() throws {
    if let histogram, !(1...10_000).contains(histogram) {
      throw ValidationError("--histogram must be of 1 to 10000 parts")
    }
  }

  func run() throws {
    let document = try file.document()
    var walk = NumericVectors(
      fractions: quantiles?.fractions ?? [], histogramCount: histogram,
      hasMode: json || path != nil)
    if let path {
      let place = Tbl.Path(path)
      try document.lend(place, in: file) { try walk.add($0, at: place) }
      guard !walk.found.isEmpty else {
        throw NotFoundError(
          text: "\(file.place), '\(place)': it is no vector of numbers, and none is inside; "
            + "'lava tbl show' tells what there is")
      }
    } else {
      try document.withView { try walk.add($0, at: Tbl.Path(parts: [])) }
    }
    if json { return try JSONOutput.print(walk.found.map(\.finite)) }
    guard !walk.found.isEmpty else {
      return Terminal.note("no vectors of numbers in \(file.place)")
    }
    if let path, let only = walk.found.first, walk.found.count == 1,
      only.path == "\(Tbl.Path(path))"
    {
      try only.printList()
    } else {
      try NumberFacts.printTable(walk.found)
    }
    guard histogram != nil else { return }
    for facts in walk.found { try facts.printHistogram(isNamed: walk.found.count > 1) }
  }
}

/// Places in the order of numbers, as `0.05,0.95`.
struct QuantileList: ExpressibleByArgument {
  let fractions: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    fractions = parts.compactMap { Double($0) }
    guard fractions.count == parts.count, fractions.allSatisfy((0...1).contains) else { return nil }
  }
}
