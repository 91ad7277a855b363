import Foundation
import TestSupport
import Testing

/// The step hook is in builds with its trait, and nothing of it in any other.
@Suite struct StepHookTests {
  #if STEP_HOOK
    let hasTrait = true
  #else
    let hasTrait = false
  #endif

  /// Whether `program` has a symbol that begins with `name`: a table of symbols separates names by
  /// zeros.
  private func has(_ name: String, _ program: String) throws -> Bool {
    let file = Subject.productsDirectory.appending(path: program)
    let bytes = try Data(contentsOf: file, options: .alwaysMapped)
    #if canImport(Darwin)
      let symbol = "_" + name
    #else
      let symbol = name
    #endif
    return bytes.range(of: Data([0] + symbol.utf8)) != nil
  }

  @Test(arguments: ["lava", "TestSubject"])
  func `a program has the hook only with the trait`(program: String) throws {
    // Symbols are found where there are any.
    #expect(try has("shm_copy_out_any\0", program))
    #expect(try has("$s12SharedMemory7SegmentC", program))
    #expect(try has("shm_step\0", program) == hasTrait)
    #expect(try has("shm_set_step\0", program) == hasTrait)
    #expect(try has("$s12SharedMemory8StepHook", program) == hasTrait)
    #expect(try has("$s12SharedMemory10Protection", program) == hasTrait)
  }

  @Test func `trials without the hook are refused, and not passed`() throws {
    guard !hasTrait else { return }
    let trials = try Subject(["enumerate"], program: "StepTrials")
    #expect(trials.readAll().contains("built without the package trait StepHook"))
    #expect(trials.wait() == 2)
  }
}
