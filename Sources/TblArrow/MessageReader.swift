// The frames of a stream: a mark, a length, a message in FlatBuffers, and the body that it tells
// of.
//
//   i32 −1 | i32 bytes of the message, padding included | message | body
//
// A length of 0 ends the stream, as does its last byte. Streams from before version 0.15 of Arrow
// lack the mark. A file is "ARROW1", two zeros, a stream, and a footer that says where the parts of
// the stream are; whoever reads it from front to back needs no footer.

/// A message and where its body lies in the stream.
struct ArrowMessage {
  enum Kind: UInt8 {
    case schema = 1, dictionaryBatch, recordBatch
  }

  let kind: Kind
  /// What the message tells; its slots depend on the kind.
  let header: FlatTable
  let body: Range<Int>
  /// Where the message in FlatBuffers lies.
  let range: Range<Int>
}

/// Goes through the messages of a stream.
struct MessageReader {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int
  private let isFile: Bool

  static let magic: [UInt8] = Array("ARROW1".utf8)

  /// Finds the stream in `bytes`, which are one or a file.
  init(_ bytes: [UInt8]) throws(ArrowError) {
    self.bytes = bytes
    isFile = bytes.starts(with: Self.magic)
    guard isFile else {
      position = 0
      end = bytes.count
      return
    }
    // Magic and two zeros; stream; footer, its length, magic.
    let tail = Self.magic.count + 4
    guard bytes.count >= 8 + tail, bytes.suffix(Self.magic.count).elementsEqual(Self.magic) else {
      throw ArrowError(.truncated, byte: bytes.count, "a file without its end")
    }
    let footer = Int(bytes.littleEndian(Int32.self, at: bytes.count - tail))
    guard footer >= 0, footer <= bytes.count - 8 - tail else {
      throw ArrowError(.corrupt, byte: bytes.count - tail, "a footer of \(footer) bytes")
    }
    position = 8
    end = bytes.count - tail - footer
  }

  /// The next message, or nil at the end of the stream.
  mutating func next() throws(ArrowError) -> ArrowMessage? {
    let start = position
    guard start < end else { return nil }
    var length = try word()
    if length == -1 { length = try word() }
    guard length != 0 else {
      guard isFile || position == end else {
        throw ArrowError(.corrupt, byte: position, "bytes behind the end of the stream")
      }
      position = end
      return nil
    }
    let range = try take(Int(length), of: start)
    let message = try FlatBuffer(bytes: bytes, range: range).root()
    let version = try message.number(0, default: Int16(0))
    guard version == 3 || version == 4 else {
      throw ArrowError(.unsupported, byte: start, "version \(Int(version) + 1) of messages")
    }
    let code = try message.number(1, default: UInt8(0))
    guard let kind = ArrowMessage.Kind(rawValue: code), let header = try message.table(2) else {
      throw ArrowError(.unsupported, byte: start, "a message of kind \(code)")
    }
    let bodyBytes = try message.number(3, default: Int64(0))
    let body = try take(Int(bodyBytes), of: start)
    return ArrowMessage(kind: kind, header: header, body: body, range: range)
  }

  private mutating func word() throws(ArrowError) -> Int32 {
    bytes.littleEndian(Int32.self, at: try take(4, of: position).lowerBound)
  }

  private mutating func take(_ count: Int, of message: Int) throws(ArrowError) -> Range<Int> {
    guard count >= 0 else { throw ArrowError(.corrupt, byte: message, "a length of \(count)") }
    guard count <= end - position else {
      throw ArrowError(
        .truncated, byte: message,
        "the message needs \(count) bytes, there are \(end - position)")
    }
    defer { position += count }
    return position..<(position + count)
  }
}

/// Goes through the nodes and buffers of a batch, in the order of the schema.
struct BatchCursor {
  /// Rows that the batch says it has.
  let rows: Int
  private let nodes: FlatVector
  private let buffers: FlatVector
  private let body: Range<Int>
  /// Where the message begins, for errors.
  private let place: Int
  private var nextNode = 0
  private var nextBuffer = 0

  init(_ batch: FlatTable, of message: ArrowMessage) throws(ArrowError) {
    place = message.range.lowerBound
    body = message.body
    if let compression = try batch.table(3) {
      let name = try compression.number(0, default: Int8(0)) == 0 ? "LZ4" : "ZSTD"
      throw ArrowError(.unsupported, byte: place, "a batch whose buffers are compressed (\(name))")
    }
    let length = try batch.number(0, default: Int64(0))
    guard (0...Int64(UInt32.max)).contains(length) else {
      throw ArrowError(
        length < 0 ? .corrupt : .tooLarge, byte: place, "a batch of \(length) rows")
    }
    rows = Int(length)
    nodes = try batch.vector(1, strideBytes: 16)
    buffers = try batch.vector(2, strideBytes: 16)
  }

  /// The next array's nulls.
  ///
  /// - Parameter rows: Elements that it must have.
  mutating func nulls(rows: Int, column: String) throws(ArrowError) -> Int {
    guard nextNode < nodes.count else {
      throw ArrowError(.corrupt, column: column, "the batch at byte \(place) lacks it")
    }
    let (length, nulls) = try nodes.pair(at: nextNode)
    nextNode += 1
    guard length == rows, nulls >= -1, nulls <= length else {
      throw ArrowError(
        .corrupt, column: column,
        "\(length) elements, \(nulls) of them null, where the batch has \(rows)")
    }
    return Int(nulls)
  }

  /// Where the next buffer lies in the stream.
  ///
  /// - Parameter needed: Bytes that it must have at least.
  mutating func buffer(needed: Int, column: String) throws(ArrowError) -> Range<Int> {
    guard nextBuffer < buffers.count else {
      throw ArrowError(.corrupt, column: column, "the batch at byte \(place) lacks its buffers")
    }
    let (offset, length) = try buffers.pair(at: nextBuffer)
    nextBuffer += 1
    guard offset >= 0, length >= 0, offset <= body.count, length <= body.count - Int(offset) else {
      throw ArrowError(
        .corrupt, column: column, "a buffer of \(length) bytes at \(offset) outside of its batch")
    }
    guard needed <= length else {
      throw ArrowError(.corrupt, column: column, "a buffer of \(length) bytes, which is too short")
    }
    let start = body.lowerBound + Int(offset)
    return start..<(start + Int(length))
  }
}
