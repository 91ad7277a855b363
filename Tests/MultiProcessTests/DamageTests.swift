import Foundation
import SharedMemory
import SimDB
import TestSupport
import Testing

/// Scribblers beside readers and writers, and files that were scribbled on: nobody dies of a signal,
/// and nobody hangs.
@Suite(.serialized) struct DamageTests {
  let scratch = Scratch()

  /// Waits for the end of a subject; one that goes on for more than ten seconds is killed.
  private func end(of subject: Subject) -> Int32 {
    let watch = ProcessWatch(ProcessIdentity(pid: UInt32(subject.pid)))
    if let watch, !watch.wait(milliseconds: 10_000) {
      Issue.record("it hangs")
      subject.signal(SIGKILL)
    }
    return subject.wait()
  }

  /// A subject whose work is done says so and ends.
  private func expectSurvival(of subject: Subject) {
    let status = end(of: subject)
    #expect(subject.readLine() == "done")
    #expect(status == 0, "\(subject.readAllErrors().prefix(4_000))")
  }

  /// Overwrites some bytes in each part of a segment.
  private func scribble(on segment: Segment, _ generator: inout SeededGenerator) {
    let layout = segment.layout
    let ends = [
      256, 448, layout.lanesOffset, layout.indexOffset, layout.blockHeadersOffset,
      layout.blockStampsOffset, layout.blocksOffset, layout.totalBytes,
    ]
    let part = Int.random(in: 0..<ends.count, using: &generator)
    let start = part == 0 ? 0 : part == 2 ? layout.participantsOffset : ends[part - 1]
    for _ in 0..<(1 << Int.random(in: 0..<5, using: &generator)) {
      let offset = Int.random(in: start..<ends[part], using: &generator)
      if Bool.random(using: &generator) {
        let byte = UInt8.random(in: 0...255, using: &generator)
        segment.region.write([byte].rawSpan, at: offset)
      } else {
        // A bit: the likelier to lead to something that looks right.
        segment.region.word(at: offset & ~7).setBits(
          1 << UInt64.random(in: 0..<64, using: &generator))
      }
    }
  }

  @Test func `readers and writers of a store that is scribbled on survive`() throws {
    var generator = SeededGenerator()
    for round in 0..<8 * scale {
      let path = scratch.database("store-\(round)")
      let geometry = Geometry(
        blockSize: 64, blockCount: 256, maximumBlockCount: round % 2 == 0 ? 256 : 512,
        participantCount: 8)
      _ = try Segment.create(path: path, geometry: geometry)
      let segment = try Segment.attach(path: path, writable: true)
      let subject = try Subject(["survive", path, "\(generator.next())"])
      #expect(subject.readLine() == "ready")
      for _ in 0..<2_500 {
        scribble(on: segment, &generator)
        passMoment(upTo: 200_000, using: &generator)
      }
      subject.closeInput()
      expectSurvival(of: subject)
    }
  }

  @Test func `users of a store whose file is cut short anywhere survive`() throws {
    var generator = SeededGenerator()
    for round in 0..<8 * scale {
      let path = scratch.database("store-\(round)")
      let geometry = Geometry(blockSize: 64, blockCount: 256, participantCount: 8)
      _ = try Segment.create(path: path, geometry: geometry)
      let file = try FileHandle(forUpdating: URL(filePath: path))
      let size = try file.seekToEnd()
      let subject = try Subject(["survive", path, "\(generator.next())"])
      #expect(subject.readLine() == "ready")
      for _ in 0..<3 {
        try file.truncate(atOffset: UInt64.random(in: 0...size, using: &generator))
        passMoment(upTo: 10_000_000, using: &generator)
        // Longer again: zeros without a signal.
        if Bool.random(using: &generator) { try file.truncate(atOffset: size) }
      }
      try file.close()
      subject.closeInput()
      expectSurvival(of: subject)
    }
  }

  @Test func `who attaches and detaches while files are cut short survives`() throws {
    let subject = try Subject([
      "cut", scratch.database(), "\(UInt64.random(in: 0..<1 << 32))", "\(200 * scale)",
    ])
    var last = ""
    while let line = subject.readLine() { last = line }
    #expect(last == "done", "\(subject.readAllErrors().prefix(4_000))")
    #expect(end(of: subject) == 0)
  }

  @Test func `a store of which bytes were changed opens or does not, and harms nobody`() throws {
    var generator = SeededGenerator()
    let subject = try Subject([
      "damaged", scratch.database(), "\(generator.next() >> 1)", "\(300 * scale)",
    ])
    var last = ""
    while let line = subject.readLine() { last = line }
    #expect(last == "done", "\(subject.readAllErrors().prefix(4_000))")
    #expect(end(of: subject) == 0)
  }
}
