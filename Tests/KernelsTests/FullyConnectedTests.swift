import Kernels
import TensorCore
import Testing

@Suite struct FullyConnectedTests {
  struct Case: Sendable {
    /// Shape of one image.
    var input: [Int]
    var outputs: Int
    var isBlocked = false
    var isRectified = false
  }

  @Test(arguments: [
    Case(input: [16, 7, 7], outputs: 8, isBlocked: true, isRectified: true),
    Case(input: [6, 3, 5], outputs: 10, isBlocked: true),
    Case(input: [32, 1, 1], outputs: 3, isBlocked: true),
    Case(input: [8], outputs: 10),
    Case(input: [33], outputs: 17, isRectified: true),
    Case(input: [1], outputs: 1),
    Case(input: [3, 5, 4], outputs: 6),
  ]) func agreesWithDouble(_ sample: Case) throws {
    let images = 5
    let context = try KernelContext()
    let shape = [images] + sample.input
    let source = try Tensor(
      sample.isBlocked ? .blocked16(shape) : .plain(shape), context: context)
    let naive = NaiveBilinear.fullyConnected(
      images: images, inputs: sample.input.reduce(1, *), outputs: sample.outputs)
    try checkAgainstNaive(
      naive, source: source, rectified: sample.isRectified, context: context, seed: 5
    ) {
      try FullyConnected(
        source: source, outputCount: sample.outputs, rectified: sample.isRectified,
        context: context)
    }
  }
}
