// From what weight generators yield to weights of the size a target network wants.

import Numerics

/// delta = factor * output, elementwise: at the start delta has the deviations of ``TargetInitialization`` times
/// `hypernetwork.spread`, whatever the generators' widths and initial variance.
package struct OutputScaling: Sendable {
  /// (D)
  package let factors: SharedBuffer<Float>
  /// Means of ordinary weights, (D); nil where a free centre holds them.
  package let means: SharedBuffer<Float>?

  /// Nil where outputs are weights as they are.
  package init?(_ layout: HypernetworkLayout) {
    let architecture = layout.architecture
    guard architecture.initialization != .generator else { return nil }
    let initialization = TargetInitialization(layout)
    factors = SharedBuffer(count: layout.weightCount)
    initialization.fillDeviations(factors.view)
    for (source, block) in zip(layout.sources, layout.target.blocks) {
      let deviation = layout.initialOutputVariance(of: layout.generators[source.generator])
        .squareRoot()
      VectorMath.scale(factors.view.slice(block.range), by: architecture.spread / deviation)
    }
    guard layout.center == nil else {
      means = nil
      return
    }
    let means = SharedBuffer<Float>(count: layout.weightCount)
    initialization.addMeans(to: means.view)
    self.means = means
  }

  /// Turns outputs (D) into weights.
  func apply(to outputs: FloatView) {
    VectorMath.multiply(outputs, by: factors.view)
    if let means { VectorMath.add(means.view, times: 1, to: outputs) }
  }

  /// Overwrites `outputGradient`, dL/d outputs of the elements from `start` on, from dL/d weights of the same.
  func backward(_ gradient: FloatView, from start: Int, into outputGradient: FloatView) {
    outputGradient.copy(from: gradient)
    VectorMath.multiply(outputGradient, by: factors.view.slice(start, gradient.count))
  }
}
