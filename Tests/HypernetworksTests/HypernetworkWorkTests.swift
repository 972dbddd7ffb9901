// Counts of the phases' work, by hand for a small hypernetwork.

import Hypernetworks
import Numerics
import TargetNetworks
import Testing

@Suite struct HypernetworkWorkTests {
  @Test func countsOfASmallOne() throws {
    let target = try TargetArchitecture(
      input: ImageShape(channels: 1, height: 1, width: 2), layers: [.fullyConnected(outputs: 3)])
    // 9 weights from one generator, of one row a latent: 4 -> 5 -> 9; the extractor: 6 -> 7 -> 4.
    let layout = try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 6, prior: .normal, codeSize: 4, extractorHidden: [7], generatorHidden: [[5]]),
      target: target)
    let weights: Double = 6 * 7 + 7 * 4 + 4 * 5 + 5 * 9
    let vectors: Double = 2 * 10 * 9
    let generate = HypernetworkWork.generate(layout, latents: 10)
    #expect(generate.flops == 20 * weights)
    // By layer: inputs, those behind a normalization twice, and outputs.
    let forward: [Double] = [6 + 7, 2 * 7 + 4, 4 + 5, 2 * 5 + 9]
    let read: Double = weights + 10 * forward.reduce(0, +) + vectors
    #expect(generate.bytes == 4 * read)
    let backward = HypernetworkWork.backward(layout, latents: 10)
    let products: Double = 40 * weights - 20 * 42
    #expect(backward.flops == products)
    let rows: [Double] = [4 * 7 + 6, 2 * 4 + 3 * 7, 4 * 5 + 2 * 4, 2 * 9 + 3 * 5]
    let moved: Double = 2 * weights - 42 + 10 * rows.reduce(0, +) + vectors
    #expect(backward.bytes == 4 * moved)
    let parameters: Double = weights + 24
    #expect(HypernetworkWork.optimizer(layout).bytes == 32 * parameters)
  }
}
