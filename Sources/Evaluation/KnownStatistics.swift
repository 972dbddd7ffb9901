// Means and variances that have been measured already.

import Numerics
import TargetNetworks

/// The statistics of this rank's networks, so that each is measured once however often it is run.
public final class KnownStatistics: Sendable {
  /// (own networks, architecture.statisticCount)
  public let values: SharedBuffer<Float>
  private let size: Int
  private let isKnown: SharedBuffer<UInt8>

  public init(networkCount: Int, architecture: TargetArchitecture) {
    size = architecture.statisticCount
    values = SharedBuffer(count: networkCount * size)
    isKnown = SharedBuffer(count: networkCount)
  }

  /// Takes what `fill` knows of an own network, if it returns true.
  func take(_ index: Int, _ fill: (FloatView) -> Bool) {
    guard size > 0 else { return }
    isKnown.view[index] = fill(values.view.slice(index * size, size)) ? 1 : 0
  }

  /// Those of an own network, which `measure` is asked for the first time.
  func of(_ index: Int, measure: (FloatView) -> Void) -> FloatView {
    let own = values.view.slice(index * size, size)
    if isKnown.view[index] == 0 {
      measure(own)
      isKnown.view[index] = 1
    }
    return own
  }
}
