// Compares an operator with weights to its list of products.

import Kernels
import TensorCore
import Testing

/// Runs the operator twice forward and backward on random numbers and compares every element of the
/// output, both gradients and the two runs' summed weight gradient with arithmetic in Double.
func checkAgainstNaive(
  _ naive: NaiveBilinear, source: Tensor, rectified: Bool, context: KernelContext, seed: UInt64,
  make: () throws -> any WeightedOperator
) throws {
  let fast = try make()
  fast.weightGradients = try FilterGradients(fast.weights.shape, context: context)
  let outputGradient = try Tensor(fast.output.descriptor, context: context)
  let sourceGradient = try Tensor(source.descriptor, context: context)
  try fast.prepareBackward(outputGradient: outputGradient, sourceGradient: sourceGradient)
  try context.allocateScratchpad()

  var numbers = TestNumbers(seed: seed)
  let weights = numbers.list(naive.weightCount)
  let flat = AlignedBuffer<Float>(count: naive.weightCount)
  flat.view.copy(from: weights.map { Float($0) })
  fast.weights.load(flat.view)

  var weightSum = [Double](repeating: 0, count: naive.weightCount)
  var weightMagnitude = weightSum
  let absolute = { (list: [Double]) in list.map { abs($0) } }
  for run in 0..<2 {
    let x = numbers.list(naive.inputCount)
    source.fill(rowMajor: x)
    fast.forward()
    var exact = naive.forward(x, weights)
    if rectified { exact = exact.map { max($0, 0) } }
    #expect(
      excess(
        fast.output.rowMajor, exact,
        magnitude: naive.forward(absolute(x), absolute(weights))) <= 0, "output")

    var gradient = numbers.list(naive.outputCount)
    outputGradient.fill(rowMajor: gradient)
    fast.backward()
    fast.weightGradients?.collect(isFirst: run == 0)
    if rectified { gradient = zip(gradient, exact).map { $1 > 0 ? $0 : 0 } }
    let exactGradients = naive.gradients(x, weights, gradient)
    let magnitudes = naive.gradients(absolute(x), absolute(weights), absolute(gradient))
    #expect(
      excess(sourceGradient.rowMajor, exactGradients.source, magnitude: magnitudes.source) <= 0,
      "gradient with respect to the source")
    for index in weightSum.indices {
      weightSum[index] += exactGradients.weights[index]
      weightMagnitude[index] += magnitudes.weights[index]
    }
  }
  flat.view.fill(.nan)
  fast.weightGradients?.store(flat.view)
  #expect(
    excess(flat.view.array.map { Double($0) }, weightSum, magnitude: weightMagnitude) <= 0,
    "gradient with respect to the weights")
}
