// Rates by the widths of layers.

import Hypernetworks
import TestSupport
import Testing
import TrainedModels

@testable import Configurations

@Suite struct StepSizesTests {
  @Test func width() throws {
    let layout = try Configuration.preset(
      "lenet-cifar10", overrides: ["hypernetwork.center=true"]
    ).hypernetworkLayout()
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
    #expect(byName["center/weight"] == 1)
  }
}
