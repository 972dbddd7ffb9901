// The convolution as an operator of a network.

import Numerics

/// y[n,o,i,j] = b[o] + sum over c, u, v of x[n, c, i s + u - p, j s + v - p] w[o,c,u,v], optionally
/// followed by ReLU in the same pass.
///
/// The source's layout is taken as it is; the output lies in vectors of sixteen images where the source does, and else in
/// blocks of sixteen channels, those behind the last filter's being zero. Where a normalization follows there is no bias. Each pass is done by the first of its ``candidates`` that applies.
/// Cost: 2 filters * channels * kernel rows * kernel columns FLOPs a forward output, and the same again for each gradient;
/// less with Winograd's algorithm, whose rounding errors are some times larger.
public final class Convolution: WeightedOperator {
  public let output: Tensor
  public var weights: FilterWeights { problem.weights }
  public var weightGradients: FilterGradients?
  public let isRectified: Bool
  public var sparesOutput: Bool { true }
  /// What the passes made so far are computed by.
  public private(set) var choice = ConvolutionChoice()

  private let problem: ConvolutionProblem
  private let wanted: ConvolutionChoice
  private let forwardPass: any OperatorPass
  private var outputGradient: Tensor?
  private var dataPass: (any OperatorPass)?
  private var weightPass: (any OperatorPass)?
  /// Both of these at once, where oneDNN does both.
  private var backwardPass: LibraryPass?

  /// The ways to compute each pass, the fastest first.
  public static let candidates: [CandidateSummary] = [
    ConvolutionForward.candidates.summary, ConvolutionToSource.candidates.summary,
    ConvolutionToWeights.candidates.summary,
  ]

  /// - Parameters:
  ///   - channelCount: the source's channels that count; those behind them are zero. Default: all.
  ///   - outputType: what the output is stored in. Where the source lies in blocks of sixteen, its own type.
  ///   - choice: candidates that must be taken; where one does not apply, making its pass throws.
  ///   - filters: of a convolution of as many images that was made alike, and loads them.
  ///   - output: that convolution's, to be overwritten; without it there is an output of its own.
  public init(
    source: Tensor, channelCount: Int? = nil, filterCount: Int, geometry: ConvolutionGeometry,
    rectified: Bool, isNormalized: Bool = false, outputType: ElementType = .float32,
    choice: ConvolutionChoice = ConvolutionChoice(), sharing filters: FilterWeights? = nil,
    into output: Tensor? = nil, context: KernelContext
  ) throws(KernelError) {
    isRectified = rectified
    wanted = choice
    let input = source.shape
    let isInLanes = source.descriptor.isLanes16
    let outputChannels = isInLanes ? filterCount : (filterCount + 15) / 16 * 16
    problem = ConvolutionProblem(
      source: source,
      weights: try FilterWeights(
        FilterShape(
          filterCount: filterCount, kernelShape: [channelCount ?? input[1]] + geometry.kernel,
          isNormalized: isNormalized),
        tensorShape: [outputChannels, input[1]] + geometry.kernel, sharing: filters,
        context: context),
      geometry: geometry,
      outputShape: [
        input[0], outputChannels, geometry.outputs(input[2], axis: 0),
        geometry.outputs(input[3], axis: 1),
      ], outputType: outputType, context: context)
    let descriptor: TensorDescriptor =
      isInLanes
      ? .lanes16(problem.outputShape, outputType) : .blocked16(problem.outputShape, outputType)
    precondition(
      output == nil || output?.descriptor == descriptor, "Convolution: another operator's output")
    let made = if let output { output } else { try Tensor(descriptor, context: context) }
    self.output = made
    let (pass, name) = try ConvolutionForward.candidates.make(
      ConvolutionForward(problem: problem, output: made, rectified: rectified),
      by: choice.forward)
    forwardPass = pass
    self.choice.forward = name
  }

  public func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) throws(KernelError) {
    self.outputGradient = outputGradient
    if let sourceGradient {
      let (pass, name) = try ConvolutionToSource.candidates.make(
        ConvolutionToSource(
          problem: problem, outputGradient: outputGradient, sourceGradient: sourceGradient),
        by: wanted.backwardToSource)
      dataPass = pass
      choice.backwardToSource = name
    }
    if let weightGradients {
      let (pass, name) = try ConvolutionToWeights.candidates.make(
        ConvolutionToWeights(
          problem: problem, outputGradient: outputGradient, gradients: weightGradients),
        by: wanted.backwardToWeights)
      weightPass = pass
      choice.backwardToWeights = name
    }
    if let toWeights = weightPass as? LibraryPass, let toSource = dataPass as? LibraryPass {
      backwardPass = toWeights.joined(with: toSource)
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
    if let backwardPass { return backwardPass.execute() }
    weightPass?.execute()
    dataPass?.execute()
  }
}
