public import Tbl

/// Tables of columns as streams of Apache Arrow, which pyarrow, pandas and many others read.
///
/// A document is such a table when each of its keys is a column: a vector, or a table that says
/// more about one, all of them with the same number of rows. `Documentation/Arrow.md` lists which
/// types become which.
///
/// **Concurrency.** Pure functions.
public enum ArrowStream {
  /// The document as a stream.
  ///
  /// - Parameters:
  ///   - table: A table of columns.
  ///   - rowsPerBatch: Rows of a record batch at most; nil for all in one. There are more where
  ///     rows have next to no bytes, such as those of the shape `[1_000_000, 0]`: all batches
  ///     together have no more than eight arrays for each byte of the document.
  /// - Returns: A schema, record batches (none when there are no rows) and the end of the stream.
  /// - Throws: `ArrowError` of code `notAColumn` or `unequalColumns` that names the column.
  /// - Precondition: `rowsPerBatch` is positive.
  /// - Complexity: O(bytes); numbers are copied as they are, those with strides once more.
  public static func encode(
    _ table: Tbl, rowsPerBatch: Int? = nil
  ) throws(ArrowError) -> [UInt8] {
    try StreamWriter(table.packed()).stream(rowsPerBatch: rowsPerBatch)
  }

  /// The table that is in a stream or in a file of Arrow's, all record batches joined.
  ///
  /// Any bytes give a document or an error.
  ///
  /// - Parameters:
  ///   - bytes: All bytes of an Arrow IPC stream or file.
  ///   - maximumBytes: What the columns may grow to, since indices into a dictionary become the
  ///     texts that they stand for; nil for 64 times the stream and 1 MiB more.
  /// - Throws: `ArrowError` that names the column or the byte.
  /// - Complexity: O(bytes of the stream and of the document).
  public static func decode(
    _ bytes: [UInt8], maximumBytes: Int? = nil
  ) throws(ArrowError) -> Tbl {
    // Saturates: a document cannot be as large anyway.
    let (product, overflows) = bytes.count.multipliedReportingOverflow(by: 64)
    let usual = overflows || product > Int.max / 2 ? Int.max / 2 : product + 1 << 20
    var reading = Reading(bytes, maximumBytes: maximumBytes ?? usual)
    let columns = try reading.columns()
    var builder = Tbl.Builder()
    builder.reserve(columns.reduce(0) { $0 + $1.documentBytes })
    for column in columns { column.set(in: &builder, of: bytes) }
    do {
      // Without the word the builder would keep its bytes, and finishing would copy all of them.
      return try (consume builder).finish()
    } catch {
      throw ArrowError(error)
    }
  }
}
