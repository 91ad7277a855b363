import ArgumentParser
import LavaFlow

/// `NODE.PARAMETER=VALUE` of the command line.
struct ParameterSetting: ExpressibleByArgument {
  let override: ParameterOverride

  init?(argument: String) {
    guard let override = try? ParameterOverride(parsing: argument) else { return nil }
    self.override = override
  }

  static var defaultCompletionKind: CompletionKind { .default }
}
