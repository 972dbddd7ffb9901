// Training passes whose activations are stored in bfloat16.

import Configurations
import Numerics
import TargetNetworks
import Testing

@Suite struct TrainingEngineBFloat16Tests {
  private struct Comparison {
    /// |rounded - exact| / |exact| of the weights' gradients.
    var gradientError: Double
    var cosine: Double
    /// Relative, of the sum of cross-entropies.
    var lossError: Double
  }

  private func compare(_ architecture: TargetArchitecture, imageCount: Int) throws -> Comparison {
    let problem = Problem(architecture, imageCount: imageCount, numbers: .normal)
    let exact = try problem.train(scale: 1)
    let engine = try problem.trainingEngine(.bfloat16)
    let rounded = problem.train(engine, scale: 1)
    #expect(problem.train(engine, scale: 1) == rounded)
    func product(_ x: [Double], _ y: [Double]) -> Double {
      zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let difference = zip(rounded.gradient, exact.gradient).map { $0 - $1 }
    let size = product(exact.gradient, exact.gradient)
    return Comparison(
      gradientError: (product(difference, difference) / size).squareRoot(),
      cosine: product(rounded.gradient, exact.gradient)
        / (size * product(rounded.gradient, rounded.gradient)).squareRoot(),
      lossError: abs(rounded.result.lossSum / exact.result.lossSum - 1))
  }

  /// Whatever the operators behind them, which may want Float: gradients stay near the exact ones, and differ from
  /// them wherever a convolution's output was rounded.
  @Test(arguments: try Architectures.all() + Architectures.normalized().map(\.architecture))
  func gradientsStayNear(_ architecture: TargetArchitecture) throws {
    let found = try compare(architecture, imageCount: 16)
    let isRounded = architecture.blocks.contains { $0.kernelShape.count == 3 }
    #expect(isRounded ? found.gradientError > 1e-4 : found.gradientError == 0)
    #expect(found.gradientError < 0.1 && found.cosine > 0.995 && found.lossError < 4e-3, "\(found)")
  }

  /// The figures of docs/benchmarks/target.md.
  @Test func resNet32() throws {
    let architecture = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 32, width: 32),
      layers: TargetLayer.residualNetwork(blocksPerStage: 5, width: 16, classCount: 10))
    let found = try compare(architecture, imageCount: 32)
    print("ResNet-32, activations in bfloat16: \(found)")
    #expect(found.gradientError < 0.15 && found.cosine > 0.99 && found.lossError < 1e-3)
  }
}
