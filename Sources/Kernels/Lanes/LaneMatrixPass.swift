// The gradient of kernels that see the whole image, as a product of matrices.

import Host
import Numerics

/// The kernels' gradient where each filter has one output an image: (filters, images) times (images, numbers of an image), the
/// images' numbers being turned so that numbers lie beside each other; and the bias', the output gradient's sum.
///
/// Cost: 2 FLOPs a weight and image.
final class LaneMatrixPass: OperatorPass {
  private let context: KernelContext
  private let source: Tensor
  private let outputGradient: Tensor
  private let slice: FilterGradients.Parts
  private let biasSums: LaneSums
  private let scratchpad: Scratchpad
  private let imageCount: Int
  private let numberCount: Int
  private let filterCount: Int
  /// Numbers of an image, filled up to blocks of sixteen.
  private var kernelStep: Int { (numberCount + 15) / 16 * 16 }

  init(
    source: Tensor, outputGradient: Tensor, gradients: FilterGradients, context: KernelContext
  ) {
    self.context = context
    self.source = source
    self.outputGradient = outputGradient
    let shape = source.shape
    imageCount = shape[0]
    numberCount = shape[1] * shape[2] * shape[3]
    filterCount = outputGradient.shape[1]
    let layout = LaneGradients(
      filterCount: filterCount, kernelStep: (numberCount + 15) / 16 * 16)
    slice = gradients.makeParts(kernelCount: layout.kernelCount)
    biasSums = LaneSums(outputGradient)
    let turned = (shape[0] + 15) / 16 * 256
    scratchpad = context.makeScratchpad(ofEach: turned + LaneMatrix.scratchCount + 96)
    gradients.take(from: layout)
  }

  func execute() {
    switch (source.elementType, outputGradient.elementType) {
    case (.float32, .float32):
      execute(source.lanes(FloatView.self), outputGradient.values)
    case (.bfloat16, .float32):
      execute(source.lanes(BFloat16View.self), outputGradient.values)
    case (_, .bfloat16):
      preconditionFailure("LaneMatrixPass: gradients in bfloat16")
    }
    if let bias = slice.bias { biasSums.evaluate(into: bias, team: context.team) }
  }

  private func execute<Source: LaneView>(_ numbers: Source, _ gradient: FloatView) {
    let parts = context.team.parts
    context.team.forEach(
      parts, Part<Source>(pass: self, numbers: numbers, gradient: gradient, parts: parts))
  }

  /// The gradient of some of the images' numbers, sixteen at a time.
  private struct Part<Source: LaneView>: LoopBody, @unchecked Sendable {
    let pass: LaneMatrixPass
    let numbers: Source
    let gradient: FloatView
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      pass.execute(
        numbers, gradient, blocks: (0..<pass.kernelStep / 16).part(part, of: parts),
        scratch: pass.scratchpad.values(member))
    }
  }

  private func execute<Source: LaneView>(
    _ numbers: Source, _ gradient: FloatView, blocks own: Range<Int>, scratch: FloatView
  ) {
    let blocks = (imageCount + 15) / 16
    let turned = scratch.slice(0, blocks * 256)
    let temporary = scratch.slice(turned.count, LaneMatrix.scratchCount)
    let result = scratch.slice(turned.count + temporary.count, 96)
    for place in own {
      let first = place * 16
      for block in 0..<blocks {
        let start = (block * numberCount + first) * 16
        LaneMatrix.transpose(
          row: {
            first &+ $0 < numberCount ? numbers.vector16(at: start &+ $0 &* 16) : .zero
          }, scratch: temporary, put: { turned.setVector16($1, at: block &* 256 &+ $0 &* 16) })
      }
      for filter in stride(from: 0, to: filterCount, by: 6) {
        let last = filterCount - 1
        RegisterTile.tile(
          RegisterTile.Operands(a: gradient, b: turned, count: imageCount), rows: 6,
          row: { min(filter &+ $0, last) &* 16 },
          step: { ($0 &>> 4) &* filterCount &* 16 &+ $0 & 15 }, into: result)
        for row in 0..<min(6, filterCount - filter) {
          slice.kernels.setVector16(
            result.vector16(at: row * 16), at: (filter + row) * kernelStep + first)
        }
      }
    }
  }
}
