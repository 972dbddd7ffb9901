// The trainable numbers and running averages of a hypernetwork.

import TensorCore

/// Parameters and batch-normalization averages in flat buffers, the same on every rank.
public final class HypernetworkParameters: Sendable {
  public let layout: HypernetworkLayout
  private let parameterBuffer: AlignedBuffer<Float>
  private let statisticBuffer: AlignedBuffer<Float>

  /// All trainable numbers, by `layout.parameters`.
  public var values: FloatView { parameterBuffer.view }
  /// Running means and variances, by `layout.statistics`.
  public var statistics: FloatView { statisticBuffer.view }

  /// Parameters as at step 0: weights from a normal distribution cut off at two standard deviations, of
  /// variance `initialVariance` / fan-in, times `initialLogits` squared where they yield the target's last layer;
  /// scales 1; shifts 0, but for the extractor's last, which are normal with standard deviation `initialShift`;
  /// running means 0, running variances 1. A function of `seed` alone.
  public init(layout: HypernetworkLayout, seed: UInt64) {
    self.layout = layout
    parameterBuffer = AlignedBuffer(count: layout.parameters.count)
    statisticBuffer = AlignedBuffer(count: layout.statistics.count)
    /// Standard deviation of the standard normal distribution cut off at +-2.
    let cutDeviation: Float = 0.879_625_66
    let initialShift = layout.architecture.initialShift
    let logitWeights = layout.sources.last.flatMap { layout.generators[$0.generator].weights.last }
    let codeShift = initialShift > 0 ? layout.extractor.shifts.last?.name : nil
    for (index, entry) in layout.parameters.entries.enumerated() {
      let values = self.values.slice(entry.range)
      let random = CounterRandom(seed: seed, purpose: .initialization, major: index)
      if entry.shape.count == 2 {
        random.fillTruncatedNormal(values)
        let variance = layout.architecture.initialVariance / Float(entry.shape[1])
        VectorMath.scale(values, by: variance.squareRoot() / cutDeviation)
        if entry.name == logitWeights?.name && layout.architecture.initialLogits != 1 {
          VectorMath.scale(values, by: layout.architecture.initialLogits)
        }
      } else if entry.name == codeShift {
        random.fillNormal(values)
        VectorMath.scale(values, by: initialShift)
      }
    }
    for perceptron in [layout.extractor] + layout.generators {
      for entry in perceptron.scales { values.slice(entry.range).fill(1) }
      for entry in perceptron.runningVariances { statistics.slice(entry.range).fill(1) }
    }
  }
}
