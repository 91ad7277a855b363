import ArgumentParser
import Foundation

/// Where and with what something was measured.
struct BenchMachine: Encodable {
  let processor = Self.processorName
  let processors = ProcessInfo.processInfo.activeProcessorCount
  let memoryBytes = ProcessInfo.processInfo.physicalMemory
  let system = ProcessInfo.processInfo.operatingSystemVersionString
  let lava = LavaCommand.configuration.version
  let swift = Self.compiler
  let build = Self.configuration

  /// As people read it.
  var text: String {
    "\(processor), \(processors) processors, \(memoryBytes >> 30) GiB, \(system)"
  }

  /// What the system calls the processor; the architecture where it does not say.
  private static var processorName: String {
    let facts = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let line = facts?.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    return name ?? architecture
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #else
      "arm64"
    #endif
  }

  /// The compiler that built this program.
  private static var compiler: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  static var configuration: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }
}
