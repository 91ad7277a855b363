import Foundation
import TestSupport
import Testing

@testable import LavaCLI

/// The scripts that let shells complete commands and options.
@Suite struct CompletionTests {
  let lava = Lava()

  @Test(arguments: [
    ("bash", "complete -o filenames -F _lava lava"), ("zsh", "#compdef lava"),
    ("fish", "complete -c 'lava'"),
  ])
  func `there is a script for each shell`(shell: String, line: String) throws {
    let script = try lava("--generate-completion-script", shell)
    #expect(script.status == 0 && script.errors == "")
    #expect(script.output.contains(line))
    // Every command is there, those apart that only other commands start.
    for word in ["run", "ui", "bench", "watch", "repair", "--participants", "--if-absent"] {
      #expect(script.output.contains(word.trimmingPrefix("--")), "\(word)")
    }
    #expect(!script.output.contains("worker'") && !script.output.contains("lava_host"))
    #expect(try lava("--help").output.contains("--generate-completion-script"))
    #expect(try lava("--generate-completion-script", "nonsense").status == 2)
  }

  @Test(
    .enabled(if: Tools.has("bash"), "needs bash"),
    arguments: [
      ("lava b", "bench"), ("lava db wa", "watch"), ("lava db get store --j", "--json"),
      ("lava db put store key --g", "--group --generation"),
    ])
  func `bash completes commands and options`(typed: String, offered: String) throws {
    let script = #"""
      source <("$LAVA" --generate-completion-script bash)
      COMP_LINE='\#(typed)' COMP_WORDS=(\#(typed))
      COMP_POINT=${#COMP_LINE} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _lava lava "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      echo "${COMPREPLY[@]}"
      """#
    let result = try lava.shell("exec bash -c \(FileRemoval.shellWord(script))")
    #expect(result.status == 0 && result.output == offered + "\n", "\(result.errors)")
  }
}
