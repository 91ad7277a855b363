import SharedMemory

/// The fields of a ``SharedMemory/SharedLayout`` as a tree, to show values of types that this
/// program does not have.
///
///     TYPE    NAME | NAME{LABEL:TYPE,...} | TYPE[COUNT]
///
/// Each field lies at the next multiple of its alignment. Text that is no layout, or speaks of
/// names that are not known, or of more than can be, is refused.
///
/// **Concurrency.** A value.
indirect enum LayoutFields {
  case number(name: Substring, size: Int)
  case record([(label: Substring, offset: Int, type: LayoutFields)], size: Int, alignment: Int)
  case array(LayoutFields, count: Int)

  fileprivate static let sizes: [Substring: Int] = [
    "u8": 1, "i8": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "f32": 4, "u64": 8, "i64": 8,
    "f64": 8,
  ]
  private static let mostDepth = 16
  private static let mostBytes = 1 << 30

  /// Reads the fields of a layout; `nil` where they do not add up to its sizes.
  init?(_ layout: SharedLayout) {
    var rest = layout.fields[...]
    guard let type = Self.type(&rest, depth: 0), rest.isEmpty, type.size == layout.size,
      type.alignment == layout.alignment, type.stride == layout.stride
    else { return nil }
    self = type
  }

  private static func type(_ rest: inout Substring, depth: Int) -> LayoutFields? {
    guard depth < mostDepth else { return nil }
    let name = rest.prefix { !"{}[],:".contains($0) }
    rest = rest.dropFirst(name.count)
    var type: LayoutFields
    if rest.first == "{" {
      guard let record = record(&rest, depth: depth) else { return nil }
      type = record
    } else {
      guard let size = sizes[name] else { return nil }
      type = .number(name: name, size: size)
    }
    while rest.first == "[" {
      let digits = rest.dropFirst().prefix { $0 != "]" }
      rest = rest.dropFirst(digits.count + 1)
      guard rest.popFirst() == "]", let count = Int(digits), (0...mostBytes).contains(count),
        count == 0 || type.stride <= mostBytes / count
      else { return nil }
      type = .array(type, count: count)
    }
    return type
  }

  private static func record(_ rest: inout Substring, depth: Int) -> LayoutFields? {
    var fields: [(label: Substring, offset: Int, type: LayoutFields)] = []
    var size = 0
    var alignment = 1
    repeat {
      rest = rest.dropFirst()
      let label = rest.prefix { $0 != ":" }
      rest = rest.dropFirst(label.count)
      guard rest.popFirst() == ":", let type = type(&rest, depth: depth + 1) else { return nil }
      let offset = (size + type.alignment - 1) & ~(type.alignment - 1)
      fields.append((label, offset, type))
      size = offset + type.size
      alignment = max(alignment, type.alignment)
      guard size <= mostBytes else { return nil }
    } while rest.first == ","
    guard rest.popFirst() == "}" else { return nil }
    return .record(fields, size: size, alignment: alignment)
  }

  var size: Int {
    switch self {
    case .number(_, let size), .record(_, let size, _): size
    case .array(let type, let count): type.stride * count
    }
  }

  var alignment: Int {
    switch self {
    case .number(_, let size): size
    case .record(_, _, let alignment): alignment
    case .array(let type, _): type.alignment
    }
  }

  var stride: Int { max(1, (size + alignment - 1) & ~(alignment - 1)) }

  /// The value in `bytes`, of which at most `budget` numbers are shown.
  func value(in bytes: RawSpan, budget: inout Int) -> DescribedValue {
    switch self {
    case .number(let name, _):
      budget -= 1
      return Self.number(name, bytes)
    case .record(let fields, _, _):
      var members: [DescribedValue.Member] = []
      for field in fields {
        guard budget > 0 else {
          members.append(.init("…", .more(fields.count - members.count)))
          break
        }
        let part = bytes.extracting(field.offset..<field.offset + field.type.size)
        members.append(.init(String(field.label), field.type.value(in: part, budget: &budget)))
      }
      return .record(members)
    case .array(let type, let count):
      var values: [DescribedValue] = []
      for index in 0..<count {
        guard budget > 0 else {
          values.append(.more(count - index))
          break
        }
        let start = index * type.stride
        values.append(
          type.value(in: bytes.extracting(start..<start + type.size), budget: &budget))
      }
      return .list(values)
    }
  }

  /// The number that all of `bytes` are.
  ///
  /// - Parameter name: One of those in ``SharedMemory/SharedValue``, of as many bytes.
  static func number(_ name: some StringProtocol, _ bytes: RawSpan) -> DescribedValue {
    switch name {
    case "u8": .unsigned(UInt64(bytes.number(at: 0, as: UInt8.self)))
    case "u16": .unsigned(UInt64(bytes.number(at: 0, as: UInt16.self)))
    case "u32": .unsigned(UInt64(bytes.number(at: 0, as: UInt32.self)))
    case "u64": .unsigned(bytes.number(at: 0, as: UInt64.self))
    case "i8": .integer(Int64(bytes.number(at: 0, as: Int8.self)))
    case "i16": .integer(Int64(bytes.number(at: 0, as: Int16.self)))
    case "i32": .integer(Int64(bytes.number(at: 0, as: Int32.self)))
    case "i64": .integer(bytes.number(at: 0, as: Int64.self))
    case "f32": .single(Float(bitPattern: bytes.number(at: 0, as: UInt32.self)))
    default: .real(Double(bitPattern: bytes.number(at: 0, as: UInt64.self)))
    }
  }
}

extension DescribedValue {
  /// The plain number that `bytes` are by their type id.
  ///
  /// - Returns: `nil` where they are none, or not as many as it has.
  /// - Complexity: O(1).
  public static func number(_ bytes: [UInt8], type: TypeID) -> DescribedValue? {
    guard TypeID.numbers.contains(type),
      bytes.count == LayoutFields.sizes[Substring(type.description)]
    else { return nil }
    return LayoutFields.number(type.description, bytes.rawSpan)
  }
}
