// The estimate's formula, apart from who finds the neighbours.

import Glibc
import Numerics

/// H = psi(c + 1) - (psi(k) - psi(1)) + (d/N) * sum_i log(eps_i + 1e-8), the Kozachenko-Leonenko estimate from
/// the distance eps_i of each of N samples to the k-th nearest of its c candidates; d is the latent's
/// dimensions. See ``EntropyTerm``.
package struct EntropyEstimate {
  static let floor = 1e-8

  private let latentSize: Int
  private let sampleCount: Int
  private let constant: Double
  private var logarithms = 0.0

  package init(latentSize: Int, sampleCount: Int, candidateCount: Int, neighbour: Int = 1) {
    self.latentSize = latentSize
    self.sampleCount = sampleCount
    constant =
      Statistics.digamma(candidateCount + 1)
      - (Statistics.digamma(neighbour) - Statistics.digamma(1))
  }

  /// Counts in one sample's distance; the samples in their order.
  package mutating func add(_ distance: Double) { logarithms += log(distance + Self.floor) }

  /// In nats, of all samples.
  package var value: Double { constant + Double(latentSize) / Double(sampleCount) * logarithms }
}
