// Every way to pool against its formula.

import Glibc
import Kernels
import NaiveReference
import Numerics
import TestSupport
import Testing

/// Every way to pool against the formula.
@Suite struct PoolingTests {
  /// Images of a number of channels, lying in one of the layouts.
  private struct Case {
    var channels: Int
    var layout: OperatorBench.Layout
    var type: ElementType
  }

  @Test(arguments: [1, 3, 6, 10, 35], OperatorBench.Layout.allCases)
  func everyCandidate(channels: Int, layout: OperatorBench.Layout) throws {
    try Self.checkAll(channels: channels, layout: layout)
  }

  /// Where oneDNN has no code for blocks of sixteen channels but its general one.
  @Test func withoutAVX512() async {
    await #expect(processExitsWith: .success) {
      setenv("DNNL_MAX_CPU_ISA", "AVX2", 1)
      #expect(!LibraryReport.hasAVX512)
      for layout in OperatorBench.Layout.allCases {
        try PoolingTests.checkAll(channels: 10, layout: layout)
      }
    }
  }

  private static func checkAll(channels: Int, layout: OperatorBench.Layout) throws {
    for type in layout == .plain ? [ElementType.float32] : [.float32, .bfloat16] {
      let images = Case(channels: channels, layout: layout, type: type)
      // Windows apart, side by side and overlapping; the last row and column left over.
      for (size, stride) in [(2, 2), (3, 3), (3, 2), (2, 3), (2, 1)] {
        try check(.max, images, size: size, stride: stride)
      }
      for (size, stride) in [(2, 2), (4, 4), (4, 2), (3, 2), (2, 1)] {
        try check(.average, images, size: size, stride: stride)
      }
    }
  }

  private static func check(_ kind: Naive.Pooling.Kind, _ images: Case, size: Int, stride: Int)
    throws
  {
    let count = images.layout == .lanes ? 18 : 3
    let x = exactImages(count, images.channels, 9, 11, stream: 31)
    let naive = Naive.Pooling(kind, size: size, stride: stride)
    let y = naive.forward(x)
    let g = exactImages(count, images.channels, y.shape.height, y.shape.width, stream: 32)
    let expected = naive.backward(x, outputGradient: g).values
    var names: [String] = []
    for name in Pooling.candidates.candidates.map(\.name) {
      let bench = try OperatorBench(x, images.layout, images.type)
      let pooling = Pooling(
        source: bench.source, kind: kind == .max ? .max : .average, window: [size, size],
        stride: [stride, stride], context: bench.context)
      guard let made = try ifApplicable({ try pooling.make(by: name) }) else { continue }
      names.append(name)
      #expect(made.output.elementType == images.type, "\(name)")
      let found = try bench.run(made, outputGradient: g.values)
      let what = "\(name): \(kind) of \(size), stride \(stride), \(images)"
      // Division by the window's size is exact only for powers of two.
      let isExact = kind == .max || size != 3
      let bound = isExact ? 0 : images.type == .bfloat16 ? 0.004 : 2e-7
      expectEqual(found.output, stored(y.values, images.type), within: bound, what)
      expectEqual(found.source, stored(expected, images.type), within: bound, what)
    }
    let isByHand = kind == .max && size == stride && images.layout != .plain
    #expect(names.contains("by hand") == isByHand)
    #expect(names.contains("oneDNN reference"))
  }

  private static func stored(_ values: [Double], _ type: ElementType) -> [Double] {
    type == .bfloat16 ? values.map(TestData.bfloat16) : values
  }
}
