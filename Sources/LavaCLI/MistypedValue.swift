import Foundation
import SharedStructures
import SimDB
import Tbl

/// A value that is not of the type that it is said to have.
struct MistypedValue: ReportedError {
  let text: String
  var status: ExitStatus { .usage }

  /// Throws unless `bytes` are what readers of `type` expect.
  static func check(_ bytes: [UInt8], _ type: TypeID) throws {
    func refuse(_ what: String, _ reason: String) -> MistypedValue {
      MistypedValue(
        text: "the value is not \(what): \(reason); correct it, or store it with --type bytes")
    }
    switch type {
    case .utf8:
      if String(validating: bytes, as: UTF8.self) == nil {
        throw refuse("UTF-8 text", "some of its bytes are no characters")
      }
    case .json:
      do {
        _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      } catch {
        throw refuse("JSON", "it cannot be parsed")
      }
    case .tbl:
      do { _ = try Tbl(validating: bytes) } catch { throw refuse("a tbl", "\(error)") }
    case _ where TypeID.numbers.contains(type):
      if DescribedValue.number(bytes, type: type) == nil {
        throw refuse("of type \(type)", "a number has its bytes, and no others")
      }
    default: break
    }
  }
}
