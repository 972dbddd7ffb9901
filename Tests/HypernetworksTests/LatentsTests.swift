// Where latents come from.

import Hypernetworks
import Numerics
import Testing

@Suite struct LatentsTests {
  private func latents(_ prior: HypernetworkArchitecture.Prior, size: Int = 64, seed: UInt64 = 1)
    -> Latents
  {
    Latents(
      architecture: HypernetworkArchitecture(
        latentSize: size, prior: prior, codeSize: 1, extractorHidden: [], generatorHidden: []),
      seed: seed)
  }

  private func draw(
    _ latents: Latents, purpose: RandomPurpose = .latents, step: Int = 0, sample: Int
  ) -> [Float] {
    let latent = AlignedBuffer<Float>(count: latents.architecture.latentSize)
    latents.fill(latent.view, purpose: purpose, step: step, sample: sample)
    return latent.view.array
  }

  /// Functions of seed, purpose, step and sample: the same whatever was drawn before, others for others.
  @Test(arguments: HypernetworkArchitecture.Prior.allCases)
  func functionsOfTheirPlace(prior: HypernetworkArchitecture.Prior) {
    let source = latents(prior)
    let drawn = [
      draw(source, step: 5, sample: 7), draw(source, step: 7, sample: 5),
      draw(source, step: 5, sample: 8), draw(source, step: 6, sample: 7),
      draw(source, purpose: .evaluationLatents, step: 5, sample: 7),
      draw(source, purpose: .validationLatents, step: 5, sample: 7),
      draw(latents(prior, seed: 2), step: 5, sample: 7),
    ]
    #expect(Set(drawn).count == drawn.count)
    #expect(draw(latents(prior), step: 5, sample: 7) == drawn[0])
  }

  /// Modes in turn, each a corner of the first dimensions, and noise in the others.
  @Test func modes() {
    var architecture = latents(.modes).architecture
    (architecture.modes, architecture.modeSpread) = (5, 0.25)
    let source = Latents(architecture: architecture, seed: 3)
    var noise: [Double] = []
    for sample in 0..<100 {
      let drawn = draw(source, step: 9, sample: sample)
      var corner = [Float](repeating: 0, count: 5)
      corner[sample % 5] = Float(59).squareRoot()
      #expect(Array(drawn[..<5]) == corner)
      noise += drawn[5...].map(Double.init)
    }
    let variance = noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)
    #expect(abs(variance / 0.0625 - 1) <= 5 * (2 / Double(noise.count)).squareRoot())
    #expect(Set(noise).count > 5800)
  }

  /// Mean, variance and bounds of the prior, and no dimension goes with another.
  @Test(arguments: [
    (HypernetworkArchitecture.Prior.uniform, 1.0 / 3), (.normal, 1.0),
  ])
  func priorsMoments(prior: HypernetworkArchitecture.Prior, variance: Double) {
    let (size, samples) = (4, 20_000)
    let source = latents(prior, size: size)
    let drawn = (0..<samples).map { draw(source, sample: $0).map(Double.init) }
    if prior == .uniform { #expect(drawn.allSatisfy { $0.allSatisfy { (-1..<1).contains($0) } }) }
    let count = Double(samples)
    for a in 0..<size {
      let mean = drawn.reduce(0) { $0 + $1[a] } / count
      #expect(abs(mean) <= 5 * (variance / count).squareRoot())
      for b in 0...a {
        let product = drawn.reduce(0) { $0 + $1[a] * $1[b] } / count
        let expected = a == b ? variance : 0
        // Five standard errors: at most sqrt(2 / n) times the variance.
        #expect(abs(product - expected) <= 5 * variance * (2 / count).squareRoot())
      }
    }
  }
}
