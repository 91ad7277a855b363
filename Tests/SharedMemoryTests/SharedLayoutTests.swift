import SharedMemory
import Testing

private struct Point: SharedValue, Equatable {
  var x: Float = 0
  var y: Float = 0
  static var layoutName: String { "point.1" }
}

private struct Sample: SharedValue {
  var time: UInt64 = 0
  var axes: InlineArray<3, Float> = .init(repeating: 0)
  var corners: InlineArray<2, Point> = .init(repeating: Point())
  var kind: UInt8 = 0
  static var layoutName: String { "sample.1" }
}

@Suite struct SharedLayoutTests {
  @Test func `a layout names every field, those of nested types and of arrays too`() {
    let layout = SharedLayout(of: Sample.self)
    #expect(
      layout.fields
        == "sample.1{time:u64,axes:f32[3],corners:point.1{x:f32,y:f32}[2],kind:u8}")
    #expect(layout.size == 37 && layout.stride == 40 && layout.alignment == 8)
    #expect(SharedLayout(of: UInt64.self).fields == "u64")
  }

  @Test func `another field, another order and another size are other fingerprints`() {
    let layouts = [
      SharedLayout(of: UInt64.self), SharedLayout(of: Int64.self), SharedLayout(of: Point.self),
      SharedLayout(of: Sample.self), SharedLayout(of: InlineArray<2, Float>.self),
      SharedLayout(fields: "point.1{y:f32,x:f32}", size: 8, stride: 8, alignment: 4),
      SharedLayout(fields: "point.1{x:f32,y:f32}", size: 8, stride: 16, alignment: 4),
    ]
    #expect(Set(layouts.map(\.fingerprint)).count == layouts.count)
  }
}
