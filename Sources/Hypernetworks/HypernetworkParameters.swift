// The trainable numbers and running averages of a hypernetwork.

import Numerics

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
  /// scales 1 and shifts 0, but for what `initialShift` and `initialLayerShift` say; running means 0, running variances 1. Each
  /// free centre begins as an ordinary network of its own (``TargetInitialization``). A function of `seed` alone.
  public init(layout: HypernetworkLayout, seed: UInt64) {
    self.layout = layout
    parameterBuffer = AlignedBuffer(count: layout.parameters.count)
    statisticBuffer = AlignedBuffer(count: layout.statistics.count)
    /// Standard deviation of the standard normal distribution cut off at +-2.
    let cutDeviation: Float = 0.879_625_66
    let architecture = layout.architecture
    let logitWeights = layout.sources.last.flatMap { layout.generators[$0.generator].weights.last }
    for (index, entry) in layout.parameters.entries.enumerated()
    where entry.shape.count == 2 && entry != layout.center {
      let values = self.values.slice(entry.range)
      CounterRandom(seed: seed, purpose: .initialization, major: index).fillTruncatedNormal(values)
      let variance = architecture.initialVariance / Float(entry.shape[1])
      VectorMath.scale(values, by: variance.squareRoot() / cutDeviation)
      if entry.name == logitWeights?.name && architecture.initialLogits != 1 {
        VectorMath.scale(values, by: architecture.initialLogits)
      }
    }
    for perceptron in [layout.extractor] + layout.generators {
      for entry in perceptron.scales { values.slice(entry.range).fill(1) }
      for entry in perceptron.runningVariances { statistics.slice(entry.range).fill(1) }
    }
    if let center = layout.center,
      let index = layout.parameters.entries.firstIndex(of: center)
    {
      let initialization = TargetInitialization(layout)
      for row in 0..<center.shape[0] {
        initialization.fill(
          values.slice(center.offset + row * layout.weightCount, layout.weightCount),
          random: CounterRandom(
            seed: seed, purpose: .initialization, major: index, minor: row))
      }
    }
    if architecture.initialShift > 0 {
      // The generators normalize codes, so their scale is free.
      shareFeatures(
        of: layout.extractor, shift: architecture.initialShift, scale: 1, seed: seed)
    }
    let shift = architecture.initialLayerShift
    if shift > 0 {
      for generator in layout.generators where generator.rowsPerLatent == 1 {
        shareFeatures(
          of: generator, shift: shift, scale: 1 / (1 + shift * shift).squareRoot(), seed: seed)
      }
    }
  }

  /// The same numbers in buffers of their own.
  public init(copying other: HypernetworkParameters) {
    layout = other.layout
    parameterBuffer = AlignedBuffer(count: other.values.count)
    statisticBuffer = AlignedBuffer(count: other.statistics.count)
    values.copy(from: other.values)
    statistics.copy(from: other.statistics)
  }

  /// Lets the last hidden features of a perceptron with one row a latent, feature = scale * (x + shift * n) with
  /// x normalized over the latents, begin with a part that all latents share: n is standard normal, a number a feature.
  private func shareFeatures(of perceptron: Perceptron, shift: Float, scale: Float, seed: UInt64) {
    guard let scales = perceptron.scales.last, let shifts = perceptron.shifts.last,
      let index = layout.parameters.entries.firstIndex(where: { $0.name == shifts.name })
    else { return }
    values.slice(scales.range).fill(scale)
    CounterRandom(seed: seed, purpose: .initialization, major: index)
      .fillNormal(values.slice(shifts.range))
    VectorMath.scale(values.slice(shifts.range), by: shift * scale)
  }
}
