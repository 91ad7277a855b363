import SharedMemory

/// A message of a fixed size that begins with its number.
protocol NumberedElement: SharedValue {
  init(number: UInt64)
  var number: UInt64 { get set }
}

extension UInt64: NumberedElement {
  init(number: UInt64) { self = number }

  var number: UInt64 {
    get { self }
    set { self = newValue }
  }
}

extension InlineArray: NumberedElement where Element == UInt64 {
  init(number: UInt64) {
    self.init(repeating: 0)
    self.number = number
  }

  var number: UInt64 {
    get { self[0] }
    set { self[0] = newValue }
  }
}
