// What normalizations see of images, for networks whose statistics are not known yet.

import Host
import Kernels
import Numerics

/// The statistics of one network's normalizations at a time, from `imageCount` images at once. Each thread has an engine of
/// its own, made on any thread; copies share one. A warm pass allocates nothing of ours. Same input, same bits.
public struct StatisticsEngine: Sendable {
  private let chain: SlicedChain<Void>

  /// - Parameters:
  ///   - imageCount: images of a pass, whose statistics each normalization uses and gives.
  ///   - teamSize: the most threads that ever run it together.
  public init(architecture: TargetArchitecture, imageCount: Int, teamSize: Int = 1)
    throws(KernelError)
  {
    chain = try SlicedChain(
      architecture: architecture, imageCount: imageCount, statistics: .batch,
      activations: .float32, teamSize: teamSize
    ) { _ throws(KernelError) in }
  }

  public var architecture: TargetArchitecture { chain.architecture }

  /// Whose code each operator's passes run: oneDNN's names of it, or `by hand`.
  package var implementations: [[String]] { chain.operators.implementations }

  /// Takes the weights (D, read) of the network that is measured from now on.
  public func loadWeights(_ weights: FloatView, team: Team = .alone) {
    chain.operators.run(with: team) { chain.load(weights) }
  }

  /// Adds means and mean squares of what the normalizations see of `imageCount` images, (image, channel, row, column), to
  /// `sums` (architecture.statisticCount); each normalization uses these images' own statistics.
  public func addMoments(images: FloatView, to sums: DoubleView, team: Team = .alone) {
    precondition(
      images.count == chain.imageCount * architecture.input.count
        && sums.count == architecture.statisticCount,
      "StatisticsEngine: \(images.count) pixels for \(chain.imageCount) images, \(sums.count) sums")
    // Without normalizations images come in slices, and there is nothing to add.
    guard architecture.isNormalized else { return }
    chain.operators.run(with: team) {
      _ = chain.forward(images, slice: 0, count: chain.imageCount)
    }
    chain.operators.addMoments(to: sums)
  }
}
