// Convolution, forward and backward, through oneDNN.

import CDNNL
import Numerics

/// y[n,o,i,j] = b[o] + sum over c, u, v of x[n, c, i s + u - p, j s + v - p] w[o,c,u,v], optionally
/// followed by ReLU in the same pass.
///
/// The source's layout is taken as it is; the output lies in blocks of sixteen channels where its channels fill
/// them, and else as oneDNN likes it. Where a normalization follows there is no bias. Each pass is done the
/// way that is fastest (``ConvolutionPasses``). Cost: 2 filters * channels * kernel rows * kernel
/// columns FLOPs a forward output, and the same again for each gradient; less with Winograd's algorithm,
/// whose rounding errors are some times larger.
public final class Convolution: WeightedOperator {
  public let output: Tensor
  public var weights: FilterWeights { passes.weights }
  public var weightGradients: FilterGradients?
  public let isRectified: Bool
  public var sparesOutput: Bool { true }

  private let passes: ConvolutionPasses
  private let forwardPass: any OperatorPass
  private var outputGradient: Tensor?
  private var dataPass: (any OperatorPass)?
  private var weightPass: (any OperatorPass)?

  /// - Parameters:
  ///   - channelCount: the source's channels that count; those behind them are zero. Default: all.
  ///   - outputChannelCount: channels of the output, those behind the filters' being zero. Sources whose channels
  ///     fill blocks of sixteen are fast. Default: the filters.
  ///   - outputType: what the output is stored in. Where the source lies in blocks of sixteen, its own type.
  public init(
    source: Tensor, channelCount: Int? = nil, filterCount: Int, outputChannelCount: Int? = nil,
    geometry: ConvolutionGeometry, rectified: Bool, isNormalized: Bool = false,
    outputType: ElementType = .float32, context: KernelContext
  ) throws(KernelError) {
    isRectified = rectified
    let input = source.shape
    let outputChannels = outputChannelCount ?? filterCount
    let weights = try FilterWeights(
      FilterShape(
        filterCount: filterCount, kernelShape: [channelCount ?? input[1]] + geometry.kernel,
        isNormalized: isNormalized),
      tensorShape: [outputChannels, input[1]] + geometry.kernel, context: context)
    passes = ConvolutionPasses(
      source: source, weights: weights, geometry: geometry,
      outputShape: [
        input[0], outputChannels, geometry.outputs(input[2], axis: 0),
        geometry.outputs(input[3], axis: 1),
      ], outputType: outputType, context: context)
    (forwardPass, output) = try passes.makeForward(rectified: rectified)
  }

  public func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) throws(KernelError) {
    self.outputGradient = outputGradient
    if let sourceGradient {
      dataPass = try passes.makeBackwardToSource(
        outputGradient: outputGradient, sourceGradient: sourceGradient)
    }
    if let weightGradients {
      weightPass = try passes.makeBackwardToWeights(
        outputGradient: outputGradient, gradients: weightGradients)
    }
  }

  public var implementations: [String] {
    implementationNames(of: forwardPass, dataPass, weightPass)
  }

  public func forward() { forwardPass.execute() }

  public func backward() {
    if isRectified, let outputGradient, outputGradient !== output {
      Elementwise.rectifyGradient(outputGradient, output: output, into: outputGradient)
    }
    weightPass?.execute()
    dataPass?.execute()
  }
}

extension [Int] {
  /// The numbers as oneDNN takes lists of lengths.
  var dims: [dnnl_dim_t] { map { dnnl_dim_t($0) } }
}

/// Calls `body` with the address of `value`, or nil where there is none.
func withPointer<Value, Result>(
  to value: Value?, _ body: (UnsafePointer<Value>?) -> Result
) -> Result {
  guard let value else { return body(nil) }
  return withUnsafePointer(to: value) { body($0) }
}
