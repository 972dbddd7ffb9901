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

  private static let names = [
    "mnist", "lenet-cifar10", "lenet-cifar100", "resnet32-cifar10", "resnet32-cifar10-modes",
  ]
  private static let initializations = [
    HypernetworkArchitecture.Initialization.target, .smallTarget,
  ]

  struct Generators: Sendable {
    let variance: Float
    let widths: [Int]?
    let initialization: HypernetworkArchitecture.Initialization
  }

  private static let generators = [
    Generators(variance: 0.01, widths: nil, initialization: .target),
    Generators(variance: 0.3, widths: [24, 300], initialization: .target),
    Generators(variance: 0.3, widths: [24, 300], initialization: .smallTarget),
  ]

  /// Expected deviations of a filter's kernel and of what is behind it.
  private func deviations(
    _ block: TargetArchitecture.Block, isLast: Bool,
    _ initialization: HypernetworkArchitecture.Initialization
  ) -> (Double, Double) {
    let fanIn = Double(block.kernelShape.reduce(1, *))
    let small = (1 / (3 * fanIn)).squareRoot()
    let behind = block.isNormalized ? 0.1 : small
    if initialization == .smallTarget { return (small, behind) }
    let variance = isLast ? 2 / (fanIn + Double(block.filterCount)) : 2 / fanIn
    return (variance.squareRoot(), behind)
  }

  private func rms(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  /// What is generated has the deviations of an ordinary initialization times `spread`, whatever the generators' widths,
  /// depth and initial variance. The last normalizations' shifts, which let networks begin alike, change nothing of it.
  @Test(arguments: names + ["1", "3"], generators)
  func generatedWeights(name: String, generators: Generators) throws {
    var (architecture, target) = try Self.architecture(name)
    (architecture.initialization, architecture.spread) = (generators.initialization, 0.5)
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
      let expected = deviations(
        block, isLast: index == target.blocks.count - 1, generators.initialization)
      let error = rms(kernels) / (0.5 * expected.0) - 1
      #expect(abs(error) <= 0.2, "\(block.name): \(rms(kernels)) for \(0.5 * expected.0)")
      // Few numbers: 80 at least.
      #expect(abs(rms(behind) / (0.5 * expected.1) - 1) <= 0.5, "\(block.name)")
    }
  }

  /// A free centre is an ordinary network: kernels of the right size, scales 1, shifts 0; biases 0 or, where PyTorch's
  /// variances are asked for, as large as kernels.
  @Test(arguments: names + ["1", "3"], initializations)
  func center(name: String, initialization: HypernetworkArchitecture.Initialization) throws {
    var (architecture, target) = try Self.architecture(name)
    architecture.center = true
    architecture.initialization = initialization
    let layout = try HypernetworkLayout(architecture, target: target)
    let parameters = HypernetworkParameters(layout: layout, seed: 5)
    let center = parameters.values.slice(try #require(layout.center).range)
    for (index, block) in target.blocks.enumerated() {
      let expected = deviations(block, isLast: index == target.blocks.count - 1, initialization).0
      var (kernels, biases) = ([Double](), [Double]())
      for filter in 0..<block.filterCount {
        let w = center.slice(block.offset + filter * block.filterSize, block.filterSize).array
        kernels += w[..<block.kernelCount].map(Double.init)
        if block.isNormalized {
          #expect(Array(w[block.kernelCount...]) == [1, 0])
        } else {
          biases.append(Double(w[block.kernelCount]))
        }
      }
      func expectSize(_ values: [Double]) {
        let error = abs(rms(values) / expected - 1)
        #expect(error <= 5 * (0.5 / Double(values.count)).squareRoot(), "\(block.name)")
      }
      expectSize(kernels)
      switch initialization {
      case .smallTarget: if !biases.isEmpty { expectSize(biases) }
      default: #expect(biases.allSatisfy { $0 == 0 })
      }
    }
  }
}
