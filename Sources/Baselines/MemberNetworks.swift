// Networks in training as an evaluation takes them.

import Evaluation
import Hypernetworks
import Numerics
import TargetNetworks

/// The weights of networks as they are at the time, after gauge fixing, as a hypernetwork's are.
public final class MemberNetworks: NetworkSource {
  public let target: TargetArchitecture
  private let weights: [SharedBuffer<Float>]
  private let gauge: GaugeTransform
  private let trace: GaugeTrace

  public init(
    _ members: [Member], target: TargetArchitecture, gauge: Gauge, threadCount: Int
  ) {
    self.target = target
    weights = members.map(\.values)
    self.gauge = GaugeTransform(gauge, target: target)
    trace = self.gauge.trace(vectorCount: threadCount, threadCount: threadCount)
  }

  public var networkCount: Int? { weights.count }

  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    weights.copy(from: self.weights[network].view)
    gauge.apply(to: weights, trace.place(of: thread, thread: thread))
  }
}
