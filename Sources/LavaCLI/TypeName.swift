import ArgumentParser
import SimDB

/// A type id by its name or number.
struct TypeName: ExpressibleByArgument {
  let id: TypeID

  init?(argument: String) {
    let named = ([.bytes, .utf8, .json, .tbl] + TypeID.numbers).first {
      $0.description == argument
    }
    guard let id = named ?? UInt32(argument).map(TypeID.init(rawValue:)) else { return nil }
    self.id = id
  }
}
