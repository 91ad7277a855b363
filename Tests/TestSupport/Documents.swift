import Tbl

/// Builds a table with `fill`.
public func build(_ fill: (inout Tbl.Builder) -> Void) throws(TblError) -> Tbl {
  var builder = Tbl.Builder()
  fill(&builder)
  return try builder.finish()
}
