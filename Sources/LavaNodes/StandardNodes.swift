import LavaFlow

/// The node types that come with Lava.
///
/// **Concurrency.** `Sendable`: every call makes a registry of its own.
public enum StandardNodes {
  /// All of them.
  public static let all: [any Node.Type] = [
    SystemSampler.self, SystemRatesNode.self, SystemHistory.self,
    ReadText.self, SplitWords.self, CountWords.self, Print.self,
  ]

  /// A registry of all of them.
  ///
  /// - Parameter progress: Told by every ``ReadText`` of the registry how far it has come.
  public static func registry(progress: ReadProgress = ReadProgress()) -> NodeRegistry {
    do {
      var registry = try NodeRegistry(all.filter { $0 != ReadText.self })
      try registry.register(ReadText.self) { parameters in
        try ReadText(parameters: parameters, progress: progress)
      }
      return registry
    } catch {
      preconditionFailure("the descriptors above are well formed: \(error)")
    }
  }
}
