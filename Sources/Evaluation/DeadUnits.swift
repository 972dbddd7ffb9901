// Hidden units that say nothing.

import Collectives
import Host
import Numerics
import TargetNetworks

/// Counts the hidden units of the first networks of a run that ReLU keeps at 0 for every one of the first images, at
/// every place of a channel. The networks are dealt to ranks and threads; counts are whole numbers.
public final class DeadUnits: Sendable {
  let networkCount: Int
  let imageCount: Int
  private let blockCount: Int
  private let hidden: [HiddenUnits]
  /// (networks, blocks)
  private let counts: SharedBuffer<Int64>
  /// Of each engine, one a hidden unit.
  private let active: [SharedBuffer<UInt8>]

  init(engines: [InferenceEngine], networkCount: Int, imageCount: Int) {
    self.networkCount = networkCount
    self.imageCount = imageCount
    blockCount = engines[0].architecture.blocks.count
    let hidden = engines[0].hiddenUnits
    self.hidden = hidden
    counts = SharedBuffer(count: networkCount * blockCount)
    active = engines.map { _ in SharedBuffer(count: hidden.last?.range.upperBound ?? 0) }
  }

  /// Logits as the engine's, whose network is the run's number `network`, which is counted in if it is to be looked at. On
  /// the calling thread, the engine being the one of `slot`.
  func logits(
    _ engine: InferenceEngine, network: Int, slot: Int, images: FloatView, count: Int,
    into logits: FloatView, team: Team
  ) {
    guard network < networkCount else {
      return engine.logits(images: images, count: count, into: logits, team: team)
    }
    let active = active[slot].view
    active.fill(0)
    engine.logits(
      images: images, count: count, into: logits, markingActive: active, lookedAt: imageCount,
      team: team)
    for units in hidden {
      counts.view[network * blockCount + units.block] = Int64(
        units.range.count { active[$0] == 0 })
    }
  }

  /// Of each layer with weights the mean over networks of the fraction of its units that are dead, nil where no ReLU
  /// follows; all networks having been run. Collective.
  func fractions(over communicator: Communicator) throws(CollectiveError) -> [Double?] {
    if communicator.size > 1 { try communicator.sum(counts.view) }
    var fractions = [Double?](repeating: nil, count: blockCount)
    for units in hidden {
      let dead = (0..<networkCount).reduce(0) { $0 + counts.view[$1 * blockCount + units.block] }
      fractions[units.block] = Double(dead) / Double(networkCount * units.range.count)
    }
    return fractions
  }
}
