// Gauge fixing of single weight vectors.

import Hypernetworks
import Numerics
import TargetNetworks

/// A gauge with room for each thread.
final class GaugedWeights: Sendable {
  private let gauge: GaugeTransform
  private let trace: GaugeTrace

  init(_ gauge: Gauge, target: TargetArchitecture, threadCount: Int) {
    self.gauge = GaugeTransform(gauge, target: target)
    trace = self.gauge.trace(vectorCount: threadCount, threadCount: threadCount)
  }

  /// Fixes the gauge of `weights` (D) on the calling thread.
  func fix(_ weights: FloatView, thread: Int) {
    gauge.apply(to: weights, trace.place(of: thread, thread: thread))
  }
}
