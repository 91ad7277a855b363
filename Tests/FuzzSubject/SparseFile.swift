/// A file as a fuzzer can change it: its size, and the runs of bytes in it that are not zero.
///
///     size (3)
///     offset (3) | count - 1 (1) | bytes        any number of times; the later wins
///
/// A store is mostly zeros: written like this it is a few hundred bytes long, and nearly every change
/// of one hits something.
enum SparseFile {
  private static let runLength = 256
  /// Runs that lie closer together are written as one.
  private static let gap = 8

  /// The file that `input` describes; what lies behind its end is left out.
  static func decode(_ input: [UInt8]) -> [UInt8] {
    var left = input[...]
    guard let size = number(&left) else { return [] }
    var file = [UInt8](repeating: 0, count: size)
    while let offset = number(&left), let last = left.popFirst() {
      for (index, byte) in left.prefix(Int(last) + 1).enumerated() where offset + index < size {
        file[offset + index] = byte
      }
      left = left.dropFirst(Int(last) + 1)
    }
    return file
  }

  /// Describes `file`, which has less than 16 MiB.
  static func encode(_ file: [UInt8]) -> [UInt8] {
    var output = bytes(file.count)
    var start = 0
    while let first = file[start...].firstIndex(where: { $0 != 0 }) {
      var end = first
      var index = first
      while index < file.count, index - first < runLength, index - end <= gap {
        if file[index] != 0 { end = index }
        index += 1
      }
      output += bytes(first) + [UInt8(end - first)] + file[first...end]
      start = end + 1
    }
    return output
  }

  private static func bytes(_ number: Int) -> [UInt8] {
    (0..<3).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= 3 else { return nil }
    defer { bytes = bytes.dropFirst(3) }
    return bytes.prefix(3).reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
