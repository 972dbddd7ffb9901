// Generated weights begin as large as an ordinary network's.

import Collectives
import Configurations
import Host
import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import Testing
import TrainedModels

@Suite struct TargetInitializationTests {
  /// Presets, and residual networks of other depths.
  private static func architecture(_ name: String) throws -> (
    HypernetworkArchitecture, TargetArchitecture
  ) {
    if let blocks = Int(name) {
      let resNet = try Configuration.preset("resnet32-cifar10")
      return (
        resNet.hypernetwork,
        try TargetArchitecture(
          input: ImageShape(channels: 3, height: 32, width: 32),
          layers: TargetLayer.residualNetwork(blocksPerStage: blocks, width: 16, classCount: 10))
      )
    }
    let layout = try Configuration.preset(name).hypernetworkLayout()
    return (layout.architecture, layout.target)
  }

  private static let names = ["mnist", "lenet-cifar10", "lenet-cifar100", "resnet32-cifar10"]

  /// Expected deviations of a filter's kernel and of what is behind it.
  private func deviations(_ block: TargetArchitecture.Block, isLast: Bool) -> (Double, Double) {
    let fanIn = Double(block.kernelShape.reduce(1, *))
    let variance = isLast ? 2 / (fanIn + Double(block.filterCount)) : 2 / fanIn
    return (variance.squareRoot(), block.isNormalized ? 0.1 : (1 / (3 * fanIn)).squareRoot())
  }

  private func rms(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  /// What is generated has the deviations of an ordinary initialization times `spread`, whatever the generators' widths,
  /// depth and initial variance. The last normalizations' shifts, which let networks begin alike, change nothing of it.
  @Test(arguments: names + ["1", "3"], [(Float(0.01), [Int]?.none), (Float(0.3), [24, 300])])
  func generatedWeights(name: String, generators: (variance: Float, widths: [Int]?)) throws {
    var (architecture, target) = try Self.architecture(name)
    (architecture.initialization, architecture.spread) = (.target, 0.5)
    (architecture.initialVariance, architecture.initialLogits) = (generators.variance, 1)
    (architecture.center, architecture.modeCenters) = (false, false)
    if let widths = generators.widths {
      architecture.generatorHidden = architecture.generatorHidden.map { _ in widths }
    }
    let layout = try HypernetworkLayout(architecture, target: target)
    let parameters = HypernetworkParameters(layout: layout, seed: 5)
    let samples = 8
    let network = try Hypernetwork(
      parameters: parameters, fixesGauge: .none,
      plan: try ShardPlan(sampleCount: samples, shardCount: 1, rankCount: 1), communicator: .alone,
      pool: WorkerPool(threadCount: 2) { LibraryThreads.useOne() }, clock: PhaseClock())
    let latents = SharedBuffer<Float>(count: samples * layout.latentSize)
    for sample in 0..<samples {
      Latents(architecture: architecture, seed: 1).fill(
        latents.view.slice(sample * layout.latentSize, layout.latentSize), purpose: .test,
        sample: sample)
    }
    let weights = try network.forward(latents.view)
    for (index, block) in target.blocks.enumerated() {
      var (kernels, behind) = ([Double](), [Double]())
      for sample in 0..<samples {
        for filter in 0..<block.filterCount {
          let w = weights.slice(
            sample * target.weightCount + block.offset + filter * block.filterSize,
            block.filterSize
          ).array.map(Double.init)
          kernels += w[..<block.kernelCount]
          if block.isNormalized {
            behind += [w[block.kernelCount] - 1, w[block.kernelCount + 1]]
          } else {
            behind.append(w[block.kernelCount])
          }
        }
      }
      let expected = deviations(block, isLast: index == target.blocks.count - 1)
      let error = rms(kernels) / (0.5 * expected.0) - 1
      #expect(abs(error) <= 0.2, "\(block.name): \(rms(kernels)) for \(0.5 * expected.0)")
      // Few numbers: 80 at least.
      #expect(abs(rms(behind) / (0.5 * expected.1) - 1) <= 0.5, "\(block.name)")
    }
  }

  /// A free centre is an ordinary network: kernels of the right size, scales 1, biases and shifts 0.
  @Test(arguments: names + ["1", "3"]) func center(name: String) throws {
    var (architecture, target) = try Self.architecture(name)
    architecture.center = true
    let layout = try HypernetworkLayout(architecture, target: target)
    let parameters = HypernetworkParameters(layout: layout, seed: 5)
    let center = parameters.values.slice(try #require(layout.center).range)
    for (index, block) in target.blocks.enumerated() {
      var kernels: [Double] = []
      for filter in 0..<block.filterCount {
        let w = center.slice(block.offset + filter * block.filterSize, block.filterSize).array
        kernels += w[..<block.kernelCount].map(Double.init)
        #expect(Array(w[block.kernelCount...]) == (block.isNormalized ? [1, 0] : [0]))
      }
      let expected = deviations(block, isLast: index == target.blocks.count - 1).0
      let error = abs(rms(kernels) / expected - 1)
      #expect(error <= 5 * (0.5 / Double(kernels.count)).squareRoot(), "\(block.name)")
    }
  }
}
