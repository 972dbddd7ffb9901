// Generating target networks from a trained hypernetwork, one at a time.

import Kernels
import Numerics

/// Maps single latents to weight vectors with the running averages of batch normalization.
///
/// Every network is computed alone, with fixed shapes, so it is the same whichever others are
/// generated beside it. One sampler a thread; it follows the parameters as they change.
public final class WeightSampler: @unchecked Sendable {
  public let parameters: HypernetworkParameters
  private let gauge: GaugeFixing?
  private let permutation: PermutationGauge?
  private let codes: AlignedBuffer<Float>
  /// Two buffers that a perceptron's layers use in turn.
  private let ping: AlignedBuffer<Float>
  private let pong: AlignedBuffer<Float>
  private let moments: AlignedBuffer<Float>
  private let scales: AlignedBuffer<Float>
  private let order: AlignedBuffer<Int32>
  private let unsorted: AlignedBuffer<Float>

  public init(parameters: HypernetworkParameters, fixesGauge: Gauge) {
    self.parameters = parameters
    let layout = parameters.layout
    gauge = fixesGauge == .none ? nil : GaugeFixing(target: layout.target)
    permutation =
      fixesGauge == .scalePermutation ? PermutationGauge(target: layout.target) : nil
    codes = AlignedBuffer(count: layout.codeCount)
    let perceptrons = [layout.extractor] + layout.generators
    let largest = perceptrons.map { $0.rowsPerLatent * $0.widths.max()! }.max()!
    ping = AlignedBuffer(count: largest)
    pong = AlignedBuffer(count: largest)
    moments = AlignedBuffer(count: 2 * perceptrons.map { $0.widths.max()! }.max()!)
    scales = AlignedBuffer(count: gauge?.scaleCount ?? 0)
    order = AlignedBuffer(count: permutation?.orderCount ?? 0)
    unsorted = AlignedBuffer(count: permutation == nil ? 0 : layout.weightCount)
  }

  /// Overwrites `weights` (D) with the network of `latent` (d), after gauge fixing.
  public func generate(from latent: FloatView, into weights: FloatView) {
    let layout = parameters.layout
    run(layout.extractor, rows: 1, latent, into: codes.view)
    for (source, block) in zip(layout.sources, layout.target.blocks) {
      let generator = layout.generators[source.generator]
      let count = source.rows.count * generator.inputWidth
      run(
        generator, rows: source.rows.count, codes.view.slice(source.codeOffset, count),
        into: weights.slice(block.range))
    }
    gauge?.apply(to: weights, scales: scales.view)
    if let permutation {
      unsorted.view.copy(from: weights)
      permutation.sort(by: scales.view, into: order.view)
      permutation.apply(order.view, to: unsorted.view, into: weights)
    }
  }

  private func run(
    _ perceptron: Perceptron, rows: Int, _ input: FloatView, into output: FloatView
  ) {
    let architecture = parameters.layout.architecture
    var current = input
    for layer in 0..<perceptron.depth {
      let (inputWidth, width) = (perceptron.widths[layer], perceptron.widths[layer + 1])
      let isLast = layer == perceptron.depth - 1
      let buffer = layer % 2 == 0 ? ping.view : pong.view
      let next = isLast ? output : buffer.slice(0, rows * width)
      MatrixProduct.multiply(
        current, parameters.values.slice(perceptron.weights[layer].range), transposeB: true,
        into: next, rows: rows, columns: width, inner: inputWidth)
      if isLast { break }
      PerceptronKernels.activate(next, leak: architecture.leak)
      let means = parameters.statistics.slice(perceptron.runningMeans[layer].range)
      let variances = parameters.statistics.slice(perceptron.runningVariances[layer].range)
      for feature in 0..<width {
        moments[feature] = means[feature]
        moments[width + feature] =
          1 / (variances[feature] + architecture.normalizationEpsilon).squareRoot()
      }
      PerceptronKernels.normalize(
        next, rows: rows, width: width, moments: moments.view.slice(0, 2 * width),
        scale: parameters.values.slice(perceptron.scales[layer].range),
        shift: parameters.values.slice(perceptron.shifts[layer].range), output: next)
      if perceptron.skips[layer] { VectorMath.add(current, times: 1, to: next) }
      current = next
    }
  }
}
