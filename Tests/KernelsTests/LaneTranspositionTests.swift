// Images side by side and back.

import Kernels
import NaiveReference
import Numerics
import TestSupport
import Testing

@Suite struct LaneTranspositionTests {
  /// Every number is at its place, forward and backward, and zeros are where images are missing.
  @Test(arguments: [1, 16, 17, 35], [1, 3, 6])
  func everyNumberIsThere(imageCount: Int, channels: Int) throws {
    let x = exactImages(imageCount, channels, 5, 7, stream: 51)
    let context = try KernelContext()
    let plain = try Tensor(.plain([imageCount, channels, 5, 7]), context: context)
    plain.fill(rowMajor: x.values)
    let there = try LaneTransposition(source: plain, context: context)
    #expect(there.output.descriptor == .lanes16(plain.shape))
    let back = try LaneTransposition(source: there.output, context: context)
    #expect(back.output.shape == [imageCount, channels * 35])
    context.allocateScratchpad()
    there.output.values.fill(.nan)
    there.forward()
    #expect(there.output.rowMajor == x.values)
    let sum = there.output.values.array.reduce(0) { $0 + Double($1) }
    #expect(sum == x.values.reduce(0, +))
    back.forward()
    #expect(back.output.values.doubles == x.values)

    let g = exactImages(imageCount, channels, 5, 7, stream: 52)
    let logitGradient = try Tensor(back.output.descriptor, context: context)
    logitGradient.values.copy(from: g.values)
    back.prepareBackward(outputGradient: logitGradient, sourceGradient: there.output)
    let imageGradient = try Tensor(plain.descriptor, context: context)
    there.prepareBackward(outputGradient: there.output, sourceGradient: imageGradient)
    back.backward()
    #expect(there.output.rowMajor == g.values)
    there.backward()
    #expect(imageGradient.rowMajor == g.values)
  }
}
