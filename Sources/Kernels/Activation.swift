// Activation functions that are never fused into another operator.

import Numerics

/// y = f(x) for every number of a tensor. Cost: one read and one write of the tensor, and of the gradient two reads and one
/// write.
public final class Activation: NetworkOperator {
  public enum Function: Sendable, Equatable {
    /// x above 0, slope * x below; the slope is in [0, 1].
    case leakyReLU(slope: Float)
    case tanh
  }

  public let output: Tensor
  private let function: Function
  private let source: Tensor
  private var outputGradient: Tensor?
  private var sourceGradient: Tensor?

  public init(_ function: Function, source: Tensor, context: KernelContext) throws(KernelError) {
    self.function = function
    self.source = source
    output = try Tensor(source.descriptor, context: context)
  }

  public func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) {
    self.outputGradient = outputGradient
    self.sourceGradient = sourceGradient
  }

  public func forward() {
    switch function {
    case .leakyReLU(let slope): Elementwise.apply(LeakyReLU(slope: slope), source, into: output)
    case .tanh: Elementwise.apply(HyperbolicTangent(), source, into: output)
    }
  }

  /// From the output alone: the slope's sign is that of the output, and tanh' = 1 - tanh^2.
  public func backward() {
    guard let outputGradient, let sourceGradient else { return }
    switch function {
    case .leakyReLU(let slope):
      Elementwise.applyGradient(
        LeakyReLU(slope: slope), outputGradient, output: output, into: sourceGradient)
    case .tanh:
      Elementwise.applyGradient(
        HyperbolicTangent(), outputGradient, output: output, into: sourceGradient)
    }
  }
}

private struct LeakyReLU: ElementFunction {
  let slope: Float

  @inline(__always)
  func callAsFunction(_ x: SIMD16<Float>) -> SIMD16<Float> {
    x.replacing(with: x * slope, where: x .< 0)
  }

  @inline(__always)
  func derivative(at y: SIMD16<Float>) -> SIMD16<Float> {
    SIMD16(repeating: slope).replacing(with: 1, where: y .> 0)
  }
}

/// tanh x = x p(x^2) / q(x^2), the rational function of degrees 13 and 6 that Eigen uses ("Eigen/src/Core/MathFunctionsImpl.h"),
/// x cut off where tanh is 1 in single precision; error below 4e-7.
private struct HyperbolicTangent: ElementFunction {
  @inline(__always)
  func callAsFunction(_ argument: SIMD16<Float>) -> SIMD16<Float> {
    let x = argument.clamped(
      lowerBound: SIMD16(repeating: -7.99881172180175781),
      upperBound: SIMD16(repeating: 7.99881172180175781))
    let s = x * x
    var p = SIMD16<Float>(repeating: -2.76076847742355e-16)
    p = p * s + 2.00018790482477e-13
    p = p * s + -8.60467152213735e-11
    p = p * s + 5.12229709037114e-08
    p = p * s + 1.48572235717979e-05
    p = p * s + 6.37261928875436e-04
    p = p * s + 4.89352455891786e-03
    var q = SIMD16<Float>(repeating: 1.19825839466702e-06)
    q = q * s + 1.18534705686654e-04
    q = q * s + 2.26843463243900e-03
    q = q * s + 4.89352518554385e-03
    let value = x * p / q
    // NaN stays: a cut-off would hide it.
    return value.replacing(with: argument, where: argument .!= argument)
  }

  @inline(__always)
  func derivative(at y: SIMD16<Float>) -> SIMD16<Float> { 1 - y * y }
}
