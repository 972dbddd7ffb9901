// Means and deviations of networks.

import Hypernetworks
import Numerics
import TargetNetworks
import Testing

@testable import Baselines

@Suite struct FittedNetworksTests {
  private let target: TargetArchitecture

  init() throws {
    target = try TargetArchitecture(
      input: ImageShape(channels: 1, height: 6, width: 6),
      layers: [
        .convolution(filters: 7, size: 3, stride: 1, padding: .same), .relu,
        .fullyConnected(outputs: 4),
      ])
  }

  private func network(_ stream: Int) -> SharedBuffer<Float> {
    let weights = SharedBuffer<Float>(count: target.weightCount)
    CounterRandom(seed: 1, purpose: .test, major: stream).fillNormal(weights.view)
    return weights
  }

  /// The same network with its filters in another order and scaled.
  private func disguised(_ network: SharedBuffer<Float>) -> SharedBuffer<Float> {
    let other = SharedBuffer<Float>(count: target.weightCount)
    let (first, last) = (target.blocks[0], target.blocks[1])
    other.view.copy(from: network.view)
    for filter in 0..<first.filterCount {
      let source = (filter + 3) % first.filterCount
      for element in 0..<first.filterSize {
        other.view[first.offset + filter * first.filterSize + element] =
          4 * network.view[first.offset + source * first.filterSize + element]
      }
      for output in 0..<last.filterCount {
        for element in 0..<last.elementsPerChannel {
          let start = last.offset + output * last.filterSize + element
          other.view[start + filter * last.elementsPerChannel] =
            network.view[start + source * last.elementsPerChannel] / 4
        }
      }
    }
    return other
  }

  /// Networks that differ by symmetries alone have the mean that each of them is.
  @Test func symmetriesAreTakenOut() {
    let gauge = GaugedWeights(.scale, target: target, threadCount: 1)
    let own = network(1)
    let fit = FittedNetworks(networks: 3, seed: 5, weightCount: target.weightCount)
    #expect(!fit.isFitted)
    fit.fit([own, disguised(own)], gauge: gauge, target: target)
    #expect(fit.isFitted && fit.count == 3)
    gauge.fix(own.view, thread: 0)
    let drawn = SharedBuffer<Float>(count: target.weightCount)
    fit.fill(drawn.view, network: 2, thread: 0)
    for index in 0..<target.weightCount {
      #expect(abs(drawn.view[index] - own.view[index]) <= 1e-5)
    }
  }

  @Test func momentsOfDraws() {
    let gauge = GaugedWeights(.none, target: target, threadCount: 1)
    let networks = [network(1), network(2), network(3)]
    let matching = FilterMatching(target: target)
    let (mean, fit) = (
      FittedNetworks(networks: nil, seed: 5, weightCount: target.weightCount),
      FittedNetworks(networks: 4000, seed: 5, weightCount: target.weightCount)
    )
    mean.fit(networks, gauge: gauge, target: target)
    fit.fit(networks, gauge: gauge, target: target)
    for other in networks.dropFirst() { matching.match(other.view, to: networks[0].view) }
    let center = SharedBuffer<Float>(count: target.weightCount)
    mean.fill(center.view, network: 0, thread: 0)
    #expect(mean.count == 1)
    let drawn = SharedBuffer<Float>(count: target.weightCount)
    var squares = [Double](repeating: 0, count: target.weightCount)
    for network in 0..<fit.count {
      fit.fill(drawn.view, network: network, thread: 0)
      for index in squares.indices {
        let difference = Double(drawn.view[index] - center.view[index])
        squares[index] += difference * difference / Double(fit.count)
      }
    }
    for index in squares.indices {
      let values = networks.map { Double($0.view[index]) }
      let average = values.reduce(0, +) / 3
      let variance = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 3
      #expect(abs(Double(center.view[index]) - average) <= 1e-6)
      #expect(abs(squares[index] - variance) <= 0.15 * variance + 1e-9)
    }
  }
}
