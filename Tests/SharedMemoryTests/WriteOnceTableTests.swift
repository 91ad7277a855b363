import SharedMemory
import TestSupport
import Testing

/// Places that are filled once.
@Suite struct WriteOnceTableTests {
  @Test func `a place is empty until it is filled, and whole from then on`() throws {
    let table = WriteOnceTable<InlineArray<4, UInt64>>(capacity: 64)
    try inThreads([
      {
        for index in 0..<64 { table.fill(63 - index, with: .init(repeating: UInt64(63 - index))) }
      },
      {
        var found = 0
        while found < 64 {
          found = 0
          for index in 0..<64 {
            guard let words = table[index] else { continue }
            found += 1
            for word in words.indices { #expect(words[word] == UInt64(index)) }
          }
        }
      },
    ])
  }
}
