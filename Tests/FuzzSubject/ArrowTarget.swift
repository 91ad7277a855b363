import Foundation
import Tbl
import TblArrow
import TestSupport

/// Bytes as an Arrow stream: what is read is written again, and read to an equal document.
extension FuzzTarget {
  static let arrow = FuzzTarget(name: "arrow", seeds: seededStreams) { input in
    let limit = 4_096
    if let table = try? ArrowStream.decode(input, maximumBytes: limit) {
      // Names and what tells of columns are not among the bytes of these.
      precondition(table.bytes.count <= 2 * limit + 64 * input.count, "more bytes than allowed")
    }
    guard let table = try? ArrowStream.decode(input) else { return }
    precondition((try? Tbl(validating: table.bytes)) == table, "a stream becomes no document")
    ValidDocument(table).check()
    do throws(ArrowError) {
      let stream = try ArrowStream.encode(table)
      let again = try ArrowStream.decode(stream)
      precondition(again == table, "a stream that is read again is another document")
    } catch {
      preconditionFailure("what was a stream is none: \(error)")
    }
  }

  /// What pyarrow wrote, and a document of the kinds of columns that are written here.
  private static func seededStreams() throws -> [[UInt8]] {
    var column = Tbl.Builder()
    column.set("values", vector: [1.5, 0, 2])
    column.set("valid", vector: [true, false, true])
    var builder = Tbl.Builder()
    builder.set("numbers", vector: [1, 2, 3])
    builder.set("pairs", vector: [Float(1), 2, 3, 4, 5, 6], shape: [3, 2])
    builder.set("texts", vector: ["a", "", "é"])
    builder.set("truths", vector: [true, false, true])
    builder.set("some", column)
    let own = try ArrowStream.encode((consume builder).finish(), rowsPerBatch: 2)
    return [own] + arrowCorpus.compactMap { Data(base64Encoded: $0.base64).map { [UInt8]($0) } }
  }
}
