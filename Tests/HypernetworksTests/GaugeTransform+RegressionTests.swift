// Gauges leave what a regression predicts as it is.

import Host
import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct GaugeTransformRegressionTests {
  @Test(arguments: [
    (Gauge.scale, Loss.squaredError), (.scalePermutation, .squaredError),
    (.scale, .gaussian(.output)), (.scalePermutation, .gaussian(.learned)),
  ])
  func predictionsStay(gauge: Gauge, loss: Loss) throws {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 1, width: 1),
      layers: [
        .fullyConnected(outputs: 6), .relu, .fullyConnected(outputs: 5), .relu,
        .fullyConnected(outputs: loss.outputCount(targets: 2)),
      ], loss: loss)
    let weights = SharedBuffer<Float>(count: target.weightCount)
    weights.view.copy(from: TestData.normal(target.weightCount, deviation: 0.7, stream: 61))
    target.clearUnused(weights.view)
    let images = SharedBuffer<Float>(count: 3 * 4)
    images.view.copy(from: TestData.normal(12, deviation: 1, stream: 62))
    func outputs() throws -> [Double] {
      let engine = try InferenceEngine(architecture: target, imageCount: 4)
      engine.loadWeights(weights.view)
      let outputs = SharedBuffer<Float>(count: 4 * target.classCount)
      engine.logits(images: images.view, count: 4, into: outputs.view)
      return outputs.view.doubles
    }
    let before = try outputs()
    let transform = GaugeTransform(gauge, target: target)
    let trace = transform.trace(vectorCount: 1, threadCount: 1)
    let given = weights.view.doubles
    transform.apply(to: weights.view, trace.place(of: 0))
    #expect(weights.view.doubles != given)
    for (own, old) in zip(try outputs(), before) {
      #expect(abs(own - old) <= 1e-5 * max(1, abs(old)))
    }
    let fixed = weights.view.doubles
    target.clearUnused(weights.view)
    #expect(weights.view.doubles == fixed, "what is no weight stays 0")
  }
}
