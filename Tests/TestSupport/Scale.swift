import Foundation

/// How many times longer than usual the tests of crashes and races run: `LAVA_STRESS`, or once.
public let scale = Int(ProcessInfo.processInfo.environment["LAVA_STRESS"] ?? "") ?? 1
