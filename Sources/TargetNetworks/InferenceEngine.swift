// Networks in use: images in, logits out.

import Host
import Kernels
import Numerics

/// Logits of one network at a time, normalized with given statistics. Each thread has an engine of its own, made on any
/// thread; copies share one. Images are run in slices (``ImageSlices``), so its memory does not grow with their number. A
/// warm pass allocates nothing of ours. Same input, same bits.
public struct InferenceEngine: Sendable {
  private let chain: SlicedChain<Void>

  /// - Parameters:
  ///   - imageCount: how many images are expected at a time; more and fewer are taken.
  ///   - teamSize: the most threads that ever run it together.
  public init(architecture: TargetArchitecture, imageCount: Int, teamSize: Int = 1)
    throws(KernelError)
  {
    chain = try SlicedChain(
      architecture: architecture, imageCount: imageCount, statistics: .given,
      activations: .float32, teamSize: teamSize
    ) { _ throws(KernelError) in }
  }

  public var architecture: TargetArchitecture { chain.architecture }

  /// Whose code each operator's passes run: oneDNN's names of it, or `by hand`.
  package var implementations: [[String]] { chain.operators.implementations }

  /// The fewest images, at least `count`, behind which others may be run apart: what is computed for an image depends on its place among
  /// those that run together.
  public func wholeSlices(atLeast count: Int) -> Int {
    (count + chain.slices.size - 1) / chain.slices.size * chain.slices.size
  }

  /// Takes the weights (D, read) of the network that runs from now on and its normalizations' means and variances
  /// (architecture.statisticCount, read; nil where that is 0).
  public func loadWeights(
    _ weights: FloatView, statistics: FloatView? = nil, team: Team = .alone
  ) {
    chain.operators.run(with: team) { chain.load(weights, statistics: statistics) }
  }

  /// Overwrites `logits`, (count, classes), from `images`, (count, channel, row, column).
  public func logits(
    images: FloatView, count: Int, into logits: FloatView, team: Team = .alone
  ) {
    chain.operators.run(with: team) { chain.logits(images, count: count, into: logits) }
  }

  /// The units that ReLU follows, in the layers' order.
  public var hiddenUnits: [HiddenUnits] { chain.operators.hidden.map(\.units) }

  /// As ``logits(images:count:into:)``; besides sets `active`, one for each hidden unit, to 1 where ReLU lets one of
  /// the first `lookedAt` images pass, at any place, and leaves the others.
  public func logits(
    images: FloatView, count: Int, into logits: FloatView, markingActive active: VectorView<UInt8>,
    lookedAt: Int, team: Team = .alone
  ) {
    chain.operators.run(with: team) {
      chain.logits(images, count: count, into: logits) { range in
        let seen = min(range.upperBound, lookedAt) - range.lowerBound
        guard seen > 0 else { return }
        for (units, output) in chain.operators.hidden {
          output.markPositiveChannels(of: seen, in: active.slice(units.range))
        }
      }
    }
  }
}
