// What the passes of a convolution have in common, and what decides which code can compute them.

import Numerics

/// One convolution, its source and filters given.
struct ConvolutionProblem {
  let source: Tensor
  let weights: FilterWeights
  let geometry: ConvolutionGeometry
  /// (image, channel, row, column), the channels filling blocks of sixteen.
  let outputShape: [Int]
  let outputType: ElementType
  let context: KernelContext

  var channels: Int { source.shape[1] }
  /// As blocks of sixteen hold them.
  var paddedChannels: Int { (channels + 15) / 16 * 16 }
  var outputChannels: Int { outputShape[1] }
  var name: String { "of \(source.shape) by \(weights.tensorShape)" }

  /// What products are made of: bfloat16 where both sides are and the processor multiplies it.
  var factors: ElementType {
    source.elementType == .bfloat16 && outputType == .bfloat16 && BFloat16View.hasInstructions
      ? .bfloat16 : .float32
  }

  private var isExact: Bool { source.elementType == .float32 && outputType == .float32 }

  /// Whether ``WinogradTransform`` has this kernel and the tensors lie in blocks.
  var suitsWinograd: Bool {
    let kernel = geometry.kernel
    return CompiledCode.hasFusedMultiplyAdd && source.descriptor.isBlocked16
      && kernel[0] == kernel[1] && WinogradTiles.supports(taps: kernel[0])
      && geometry.stride == [1, 1] && geometry.paddingBefore.allSatisfy { $0 < kernel[0] }
  }

  /// Whether the source is an image of so few channels that its patches are rows of a product.
  var suitsPatches: Bool {
    CompiledCode.hasFusedMultiplyAdd && source.descriptor.isPlain && channels <= 4
  }

  /// Whether vectors hold sixteen images each.
  var suitsLanes: Bool { CompiledCode.hasFusedMultiplyAdd && source.descriptor.isLanes16 }

  /// The same, and ``LaneWinogradTiles`` for the kernel.
  var suitsLaneWinograd: Bool {
    suitsLanes && LaneWinogradTiles.suit(geometry, outputWidth: outputShape[3])
  }

  var laneTiles: LaneWinogradTiles {
    LaneWinogradTiles(geometry, source: source.shape, output: outputShape)
  }

  /// Whether each filter sees a whole image at once.
  var seesWholeImages: Bool {
    geometry.kernel == Array(source.shape[2...]) && outputShape[2...] == [1, 1]
      && geometry.paddingBefore == [0, 0]
  }

  /// From the source to the output.
  var tiles: WinogradTiles {
    WinogradTiles(
      source: source.shape, output: outputShape, taps: geometry.kernel[0],
      padding: geometry.paddingBefore, isExact: isExact)
  }

  /// From the output's gradient to the source's.
  var transposedTiles: WinogradTiles {
    let taps = geometry.kernel[0]
    return WinogradTiles(
      source: outputShape, output: source.shape, taps: taps,
      padding: geometry.paddingBefore.map { taps - 1 - $0 }, isExact: isExact)
  }

  var patches: ThinPatches {
    ThinPatches(source: source, geometry: geometry, outputWidth: outputShape[3])
  }

  /// Kernels that products with `factors` read in tiles of that `side`, which ``FilterWeights/load(_:)`` fills from now on.
  func makeWinogradKernels(side: Int, isTransposed: Bool, factors: ElementType) -> WinogradKernels {
    weights.add {
      WinogradKernels(
        weights.shape, side: side, channels: paddedChannels, outputs: outputChannels,
        isTransposed: isTransposed, factors: factors, context: context)
    }
  }

  /// The filters as they lie in the flat vector, likewise.
  func makeLaneWeights() -> LaneWeights { weights.derived { LaneWeights(weights.shape) } }

  /// Kernels in the layout that oneDNN likes best.
  func anyKernels(_ type: ElementType) -> TensorDescriptor { .any(weights.tensorShape, type) }
}
