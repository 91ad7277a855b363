import Testing

/// Files that break one rule, and others that just keep it.
struct Planted: Sendable, CustomTestStringConvertible {
  let rule: Rule
  /// Text by path.
  let files: [String: String]
  /// Where the rule must find something, as `path:line`.
  let expected: [String]

  var testDescription: String { rule.name }

  static let all: [Planted] = house + memory + text + page + commands + tests + documents

  private static let house = [
    Planted(
      rule: .imports,
      files: [
        "Sources/SimDB/Up.swift": "import SharedMemory\nimport LavaFlow\n",
        "Sources/SimDB/Deep.swift": "@testable internal import CSharedMemory\nimport Foundation\n",
        "Sources/LavaFlow/Down.swift": "@_exported public import struct Tbl.Tbl\nimport SimDB\n",
        "Sources/Elsewhere/Any.swift": "#if canImport(Glibc)\n  import Glibc\n#endif\n",
        "Tests/SimDBTests/Any.swift": "import LavaFlow\n",
      ],
      expected: [
        "Sources/SimDB/Up.swift:2", "Sources/SimDB/Deep.swift:1", "Sources/SimDB/Deep.swift:2",
        "Sources/Elsewhere/Any.swift:2",
      ]),
    Planted(
      rule: .includes,
      files: [
        "Sources/CSharedMemory/copy.c":
          "#include \"copy.h\"\n#include <string.h>\n#include \"../CFissure/files.h\"\n",
        "Sources/CSharedMemory/include/copy.h": "#pragma once\n",
        "Sources/CFissure/files.h": "#pragma once\n#include \"copy.h\"\n",
      ],
      expected: ["Sources/CSharedMemory/copy.c:3", "Sources/CFissure/files.h:2"]),
    Planted(
      rule: .knownTargets,
      files: ["Sources/SimDB/A.swift": "\n", "Sources/Extra/A.swift": "\n"],
      expected: ["Sources/Extra/A.swift:0"]),
    Planted(
      rule: .packageSettings,
      files: [
        "Package.swift": """
        let common = [
          .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
          .enableUpcomingFeature("ExistentialAny"),
          .enableUpcomingFeature("MemberImportVisibility"),
        ]
          .target(name: "CSharedMemory"),
          .target(name: "SimDB", swiftSettings: common),
          .testTarget(
            name: "SimDBTests", dependencies: ["SimDB"]),
        """
      ],
      expected: ["Package.swift:0", "Package.swift:0"]),
  ]

  private static let memory = [
    Planted(
      rule: .fence(except: ["Tests/A.swift": "listed", "Tests/B.swift": "listed, but tidy"]),
      files: [
        "Sources/SharedMemory/A.swift": "unsafe\n",
        "Sources/Tbl/A.swift": "unsafe\n",
        "Sources/SimDB/A.swift": "let a = 1\nbytes.withUnsafeBytes { _ in }\n",
        "Benchmarks/Sources/A/A.swift": "nonisolated(unsafe) var a = 1\n",
        "Tests/A.swift": "unsafe read()\n",
        "Tests/B.swift": "read()\n",
      ],
      expected: [
        "Sources/SimDB/A.swift:2", "Benchmarks/Sources/A/A.swift:1", "Tests/B.swift:0",
      ]),
    Planted(
      rule: .atomicPairs,
      files: [
        "Sources/SimDB/A.swift": """
        // Pair tail: acquires the push.
        a.loadAcquiring()  // Pair lonely: nobody releases it.
        // Pair head, pair wake.
        // Sole writer: no pair. A pair of words.
        let words = "Pair quoted: text"
        """,
        "Sources/CSharedMemory/a.c": "// Pair tail.\n// Pair head: both; pair wake: too.\n",
      ],
      expected: ["Sources/SimDB/A.swift:2"]),
    Planted(
      rule: .namedOrderings,
      files: [
        "Sources/SimDB/A.swift": """
        // Pair tail: acquires the push.
        a.loadAcquiring()
        a.storeRelaxed(1)  // Sole writer: no pair.
        //
        //
        //
        //
        //
        //
        //
        //
        let words = 1  // a.loadAcquiring() in words
        Fence.acquire()
        state.store(1, ordering: .releasing)
        """,
        "Sources/SimDB/B.swift": "// No pair: nobody knows it yet.\na.compareExchange(1, 2)\n",
        "Sources/SharedMemory/AtomicWord.swift": "Fence.acquire()\n",
      ],
      expected: ["Sources/SimDB/A.swift:13", "Sources/SimDB/A.swift:14"]),
    Planted(
      rule: .layoutAsserts,
      files: [
        "Sources/C/include/shm_layout.h": """
        struct one {
        };
        _Static_assert(sizeof(struct one) == 64, "one line");
        struct two {
        };
        enum { two_size = sizeof(struct two) };
        _Static_assert(two_head == 8 &&
                       two_size == 64, "one line");
        struct three {
        };
        _Static_assert(offsetof(struct three, head) == 8, "head");
        """
      ],
      expected: ["Sources/C/include/shm_layout.h:9"]),
  ]

  private static let commands = [
    Planted(
      rule: .oneWriter,
      files: [
        "Sources/LavaCLI/A.swift": """
        print("lost")
        try Output.print("kept")
        Swift.print(text)
        FileHandle.standardOutput.write(data)
        process.standardOutput = pipe
        """,
        "Sources/LavaCLI/Output.swift": "FileHandle.standardOutput.write(data)\n",
        "Sources/LavaFlow/A.swift": "print(\"elsewhere\")\n",
      ],
      expected: [
        "Sources/LavaCLI/A.swift:1", "Sources/LavaCLI/A.swift:3", "Sources/LavaCLI/A.swift:4",
      ])
  ]

  private static let text = [
    Planted(
      rule: .fileLength(except: ["d.py": "listed", "e.py": "listed, but short"]),
      files: [
        "a.swift": String(repeating: "\n", count: 601),
        "b.swift": String(repeating: "\n", count: 600),
        "c.md": String(repeating: "\n", count: 601),
        "d.py": String(repeating: "\n", count: 601),
        "e.py": String(repeating: "\n", count: 600),
      ],
      expected: ["a.swift:0", "e.py:0"]),
    Planted(
      rule: .whitespace,
      files: [
        "a.swift": "let a = 1 \n\tlet b = 2\nlet c = 3\r\n",
        "b.md": "no end",
        "c.md": "end\n\n",
        "Peers/Makefile": "all:\n\ttrue\n",
        "Recorded/results.tsv": "lava\tS1 get\n",
      ],
      expected: ["a.swift:1", "a.swift:2", "a.swift:3", "b.md:0", "c.md:0"]),
    Planted(
      rule: .openings,
      files: [
        "a.h": "#include <stdint.h>\n",
        "b.h": "#pragma once\n",
        "a.js": "'use strict';\n",
        "b.js": "// @ts-check\n// Draws.\n", "c.hpp": "// Macros.\n#pragma once\n",
        "run": "#!/bin/sh\nset -e\n",
        "check": "#!/bin/bash\n# Checks.\nset -u\n",
        "Scripts/stress": "#!/usr/bin/env bash\n# What it does.\nset -euo pipefail\n",
        "LICENSE": "Apache License\n",
      ],
      expected: ["a.h:0", "a.js:0", "run:0", "run:0"]),
    Planted(
      rule: .wording,
      files: [
        "a.swift": """
        // TODO: the rest
        // Growth is not implemented.
        // Enough for now
        struct Placeholder {}
        // The todo list of a to-do app.
        """,
        "a.css": "input::placeholder { color: gray; }\n",
        "a.html": "<input placeholder=\"filter\">\n",
        "a.md": "FIXME\n",
        "Tests/HouseRulesTests/A.swift": "TODO\n",
        "a.py": "for now, then in pairs:\n",
      ],
      expected: ["a.swift:1", "a.swift:2", "a.swift:3", "a.swift:4", "a.md:1"]),
    Planted(
      rule: .machinePaths,
      files: [
        "a.sh": "cd /home/someone/lava\ncd ~/lava\ncd \"$root/home/a\"\n",
        "a.md": "/Users/someone\n`/root/lava`\nGET /api/home/a\n",
      ],
      expected: ["a.sh:1", "a.md:1", "a.md:2"]),
  ]

  private static let page = [
    Planted(
      rule: .pageSafety,
      files: [
        "Sources/Fissure/Resources/a.js": """
        cell.innerHTML = name;
        cell.textContent = name;
        eval(name);
        const evaluate = new Function(name);
        setTimeout('go()', 10);
        fetch('https://example.com/a.js');
        import('//example.com/a.js');
        const svg = 'http://www.w3.org/2000/svg'; // a name, no request
        """,
        "Sources/Fissure/Resources/a.html": """
        <button onclick="go()">Go</button>
        <script src="main.js" type="module"></script>
        <script>go()</script>
        """,
        "Sources/Fissure/Resources/a.css": "body { background: url(//example.com/a.png) }\n",
        "Tests/a.js": "cell.innerHTML = name;\n",
      ],
      expected: [
        "a.js:1", "a.js:3", "a.js:4", "a.js:5", "a.js:6", "a.js:7", "a.html:1", "a.html:3",
        "a.css:1",
      ]
      .map { "Sources/Fissure/Resources/" + $0 }),
    Planted(
      rule: .pageModules,
      files: [
        "Sources/Fissure/Resources/a.js": """
        import { b } from './b.js';
        import c from './c.js';
        import 'd.js';
        export * from 'lodash';
        const text = 'from a to b';
        """,
        "Sources/Fissure/Resources/b.js": "\n",
        "Sources/Fissure/Resources/d.js": "\n",
      ],
      expected: ["a.js:2", "a.js:3", "a.js:4"].map { "Sources/Fissure/Resources/" + $0 }),
  ]

  private static let tests = [
    Planted(
      rule: .sleeps(except: ["Tests/Eventually.swift": "listed"]),
      files: [
        "Tests/A.swift": """
        try await Task.sleep(for: .seconds(1))
        usleep(1_000)
        signal.sleep(ticket)
        /// Pins a value and sleeps.
        """,
        "Tests/a.py": "time.sleep(1)\npage.wait_for_timeout(100)\npage.wait_for_selector('a')\n",
        "Tests/Eventually.swift": "Thread.sleep(forTimeInterval: 0.01)\n",
        "Sources/SharedMemory/A.swift": "usleep(1)\n",
      ],
      expected: ["Tests/A.swift:1", "Tests/A.swift:2", "Tests/a.py:1", "Tests/a.py:2"]),
    Planted(
      rule: .testNames,
      files: [
        "Tests/A.swift": """
        @Test func `a name is a sentence`() {}
        @Test(arguments: [1, 2])
        func testSomething(number: Int) {}
        func helper() {}
        @Test func other() {}
        """
      ],
      expected: ["Tests/A.swift:3", "Tests/A.swift:5"]),
    Planted(
      rule: .examples,
      files: [
        "Sources/SharedStructures/A.swift": """
        /// ```swift
        /// let a = 1
        /// // in another process
        /// let b = a
        /// ```
        final class A {
          /// ```swift
          /// let b = a
          /// let c = 2
          /// ```
          let a = 1
        }
        """,
        "Tests/SharedStructuresTests/ExampleTests.swift": """
          let a = 1
          let b = a
          #expect(b == 1)
          let c = 2
        """,
        "Sources/SimDB/B.swift": "/// ```swift\n/// let d = 1\n/// ```\n",
      ],
      expected: ["Sources/SharedStructures/A.swift:10"]),
  ]

  private static let documents = [
    Planted(
      rule: .documents,
      files: [
        "README.md": "# Lava\n", "ARCHITECTURE.md": "# Architecture\n", "CHANGELOG.md": "",
        "LICENSE": "Apache License\n", "Documentation/Decisions.md": "# Decisions\n",
        "Documentation/MemoryLayout.md": "# Memory layout\n", ".swift-format": "{}\n",
        "Documentation/TblFormat.md": "# Format\n", ".editorconfig": "root = true\n",
      ],
      expected: [
        "CHANGELOG.md:0", "CONTRIBUTING.md:0", "Documentation/CommandLine.md:0",
        "Benchmarks/README.md:0",
      ]),
    Planted(
      rule: .links,
      files: [
        "README.md": """
        [a](Documentation/A.md), [b](Documentation/B.md)
        [site](https://example.com), [part](#part), [folder](Documentation)
        """,
        "Documentation/A.md": "[up](../README.md#part)\n[gone](../C.md)\n",
      ],
      expected: ["README.md:1", "Documentation/A.md:2"]),
    Planted(
      rule: .documentedDeclarations,
      files: [
        ".swift-format": "{ \"rules\": { \"AllPublicDeclarationsHaveDocumentation\": false } }\n",
        "Sources/A/A.swift": "let a = 1\n// swift-format-ignore\npublic let b = 2\n",
      ],
      expected: [".swift-format:0", "Sources/A/A.swift:2"]),
  ]
}
