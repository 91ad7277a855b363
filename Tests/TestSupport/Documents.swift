import Tbl

/// Builds a table with `fill`.
public func build(
  _ fill: (inout Tbl.Builder) throws(TblError) -> Void
) throws(TblError) -> Tbl {
  var builder = Tbl.Builder()
  try fill(&builder)
  return try builder.finish()
}
