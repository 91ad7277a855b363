import Tbl
import TblArrow

/// A document that cannot be read, or cannot be made of what there is.
struct DocumentFailure: ReportedError {
  let text: String
  let status: ExitStatus

  /// - Parameter place: Where it is, such as the name of the file.
  init(_ error: TblError, place: String, remedy: String? = nil) {
    text = "\(place), \(error.place): \(error.reason); \(remedy ?? error.remedy)"
    switch error.code {
    case .notATbl, .unsupportedVersion, .unsupportedFeature, .wrongSize, .corrupt, .misaligned:
      // Damaged or foreign, as a store may be.
      status = .environment
    default:
      // What the user can write another way.
      status = .usage
    }
  }

  init(_ error: ArrowError, place: String) {
    text = "\(place), \(error.place): \(error.reason); \(error.remedy)"
    switch error.code {
    case .notAStream, .truncated, .corrupt, .unsupported: status = .environment
    default: status = .usage
    }
  }

  /// Calls `body`; its errors say that they happened at `place`.
  static func told<Result>(at place: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as TblError {
      throw DocumentFailure(error, place: place)
    } catch let error as ArrowError {
      throw DocumentFailure(error, place: place)
    }
  }
}

extension InputFile {
  /// The document that it holds.
  func document() throws -> Tbl {
    let bytes = try bytes()
    // A document begins with no such character.
    let isText =
      bytes.prefix(64).first { !" \t\r\n".utf8.contains($0) }
      .map("{[".utf8.contains) ?? false
    do {
      return try Tbl(validating: bytes)
    } catch {
      throw DocumentFailure(
        error, place: place,
        remedy: isText
          ? "where it is JSON, make a tbl of it with 'lava tbl from-json'" : nil)
    }
  }
}
