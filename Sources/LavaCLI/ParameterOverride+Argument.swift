import ArgumentParser
import LavaFlow

extension ParameterOverride {
  /// Reads `NODE.PARAMETER=VALUE` of the command line.
  ///
  /// - Throws: What is wrong with it, in words that the command line shows.
  @Sendable
  static func argument(_ text: String) throws -> ParameterOverride {
    do {
      return try ParameterOverride(parsing: text)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
