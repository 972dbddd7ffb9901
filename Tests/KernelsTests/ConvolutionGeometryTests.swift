// Padding against TensorFlow's.

import Kernels
import Testing

@Suite struct ConvolutionGeometryTests {
  @Test(arguments: [
    // length, kernel, stride, before, behind: TensorFlow's own numbers.
    (28, 5, 1, 2, 2), (28, 5, 2, 1, 2), (7, 3, 2, 1, 1), (6, 3, 2, 0, 1), (5, 2, 1, 0, 1),
    (5, 1, 2, 0, 0), (4, 2, 4, 0, 0), (3, 7, 2, 3, 3),
  ])
  func samePadding(length: Int, kernel: Int, stride: Int, before: Int, behind: Int) {
    let geometry = ConvolutionGeometry(
      sameKernel: kernel, stride: stride, height: length, width: 3 * stride)
    #expect(geometry.paddingBefore[0] == before)
    #expect(geometry.paddingBehind[0] == behind)
  }
}
