import Kernels
import TensorCore
import Testing

@Suite struct ConvolutionTests {
  struct Case: CustomStringConvertible, Sendable {
    var channels: Int
    var filters: Int
    var height: Int
    var width: Int
    var size: Int
    var stride: Int
    var isSame: Bool
    var isBlocked = false
    var isRectified = false

    var description: String {
      "\(channels)x\(height)x\(width) by \(filters) of \(size), stride \(stride), "
        + "\(isSame ? "same" : "valid")\(isBlocked ? ", blocked" : "")"
        + "\(isRectified ? ", ReLU" : "")"
    }
  }

  static let cases: [Case] = [
    Case(channels: 1, filters: 32, height: 14, width: 14, size: 5, stride: 1, isSame: true),
    Case(
      channels: 1, filters: 32, height: 9, width: 7, size: 5, stride: 1, isSame: true,
      isRectified: true),
    Case(
      channels: 32, filters: 16, height: 7, width: 9, size: 5, stride: 1, isSame: true,
      isBlocked: true, isRectified: true),
    Case(channels: 3, filters: 6, height: 12, width: 11, size: 5, stride: 1, isSame: false),
    Case(
      channels: 6, filters: 16, height: 9, width: 8, size: 5, stride: 1, isSame: false,
      isBlocked: true, isRectified: true),
    Case(channels: 3, filters: 10, height: 9, width: 10, size: 3, stride: 2, isSame: true),
    Case(
      channels: 10, filters: 6, height: 8, width: 9, size: 3, stride: 2, isSame: true,
      isBlocked: true),
    Case(
      channels: 10, filters: 3, height: 11, width: 8, size: 3, stride: 2, isSame: false,
      isBlocked: true, isRectified: true),
    Case(
      channels: 16, filters: 32, height: 6, width: 6, size: 1, stride: 2, isSame: true,
      isBlocked: true),
    Case(
      channels: 32, filters: 1, height: 5, width: 5, size: 2, stride: 1, isSame: true,
      isBlocked: true),
    Case(channels: 1, filters: 1, height: 4, width: 5, size: 4, stride: 3, isSame: true),
  ]

  @Test(arguments: cases) func agreesWithDouble(_ sample: Case) throws {
    let images = 3
    let context = try KernelContext()
    let shape = [images, sample.channels, sample.height, sample.width]
    let source = try Tensor(
      sample.isBlocked ? .blocked16(shape) : .plain(shape), context: context)
    let geometry =
      sample.isSame
      ? ConvolutionGeometry(
        sameKernel: sample.size, stride: sample.stride, height: sample.height,
        width: sample.width)
      : ConvolutionGeometry(validKernel: sample.size, stride: sample.stride)
    // TensorFlow's rule, written a second time.
    func axis(_ length: Int) -> (outputs: Int, before: Int) {
      if !sample.isSame { return ((length - sample.size) / sample.stride + 1, 0) }
      let outputs = Int((Double(length) / Double(sample.stride)).rounded(.up))
      let total = max((outputs - 1) * sample.stride + sample.size - length, 0)
      return (outputs, total / 2)
    }
    let (rows, columns) = (axis(sample.height), axis(sample.width))
    let naive = NaiveBilinear.convolution(
      images: images, channels: sample.channels, height: sample.height, width: sample.width,
      filters: sample.filters, size: sample.size, stride: sample.stride,
      padding: (rows.before, columns.before), rows: rows.outputs, columns: columns.outputs)
    try checkAgainstNaive(
      naive, source: source, rectified: sample.isRectified, context: context, seed: 11
    ) {
      let made = try Convolution(
        source: source, filterCount: sample.filters, geometry: geometry,
        rectified: sample.isRectified, context: context)
      #expect(made.output.shape == [images, sample.filters, rows.outputs, columns.outputs])
      return made
    }
  }

  @Test func samePaddingIsTensorFlows() {
    let even = ConvolutionGeometry(sameKernel: 2, stride: 1, height: 5, width: 6)
    #expect(even.paddingBefore == [0, 0] && even.paddingBehind == [1, 1])
    let strided = ConvolutionGeometry(sameKernel: 3, stride: 2, height: 8, width: 9)
    #expect(strided.paddingBefore == [0, 1] && strided.paddingBehind == [1, 1])
    let wide = ConvolutionGeometry(sameKernel: 1, stride: 2, height: 8, width: 9)
    #expect(wide.paddingBefore == [0, 0] && wide.paddingBehind == [0, 0])
  }
}
