// Rates by the widths of layers.

import Configurations
import Hypernetworks
import Optimizers
import Testing
import TrainedModels

@Suite struct StepSizesTests {
  private func layout(_ overrides: String...) throws -> HypernetworkLayout {
    try Configuration.preset("lenet-cifar10-paper", overrides: overrides).hypernetworkLayout()
  }

  @Test func width() throws {
    let layout = try layout()
    #expect(StepSizes.uniform.factors(layout).isEmpty)
    let factors = StepSizes.width.factors(layout)
    #expect(factors.map(\.range) == layout.parameters.entries.map(\.range))
    let byName = Dictionary(
      uniqueKeysWithValues: zip(layout.parameters.entries.map(\.name), factors.map(\.factor)))
    #expect(byName["extractor/layer1/weight"] == Float(8) / 108)
    #expect(byName["extractor/layer2/weight"] == 0.1)
    #expect(byName["generator3/layer1/weight"] == 1)
    #expect(byName["generator3/layer2/weight"] == 0.02)
    #expect(byName["generator3/layer3/weight"] == 0.02)
    #expect(byName["generator3/norm1/scale"] == 1)
    #expect(byName["extractor/norm2/shift"] == 1)
  }

  /// Weights and the free centre decay, with either rule; scales and shifts do not.
  @Test func decay() throws {
    let layout = try layout("hypernetwork.center=true")
    for rule in StepSizes.allCases {
      let factors = rule.factors(layout, decay: 0.25)
      #expect(factors.map(\.factor) == rule.factors(layout, decay: 0.5).map(\.factor))
      #expect(rule == .width || factors.allSatisfy { $0.factor == 1 })
      for (entry, factor) in zip(layout.parameters.entries, factors) {
        #expect(factor.range == entry.range)
        #expect(factor.decay == (entry.name.hasSuffix("/weight") ? 0.25 : 0), "\(entry.name)")
      }
    }
  }

  /// Free centres are ordinary parameters, and take the ordinary rate.
  @Test func centers() throws {
    let layout = try layout(
      "hypernetwork={center: true, prior: modes, modes: 2, modeCenters: true}")
    let center = try #require(layout.center)
    #expect(
      StepSizes.width.factors(layout).last == RateFactor(range: center.range, factor: 1))
  }
}
