// Which parameters set off together, and which layers are divided.

import Configurations
import Numerics
import Testing
import TrainedModels

@testable import Hypernetworks

@Suite struct GradientPartTests {
  private func parts(_ preset: String, dividing: Bool, slices: Int = 1) throws -> (
    HypernetworkLayout, [GradientPart]
  ) {
    let configuration = try Configuration.preset(preset)
    let layout = try configuration.hypernetworkLayout()
    let plan = try ShardPlan(
      sampleCount: configuration.training.latents, shardCount: configuration.training.latents,
      sliceCount: slices, rankCount: 1)
    return (layout, GradientPart.all(layout, plan, dividing: dividing))
  }

  /// Every parameter is in one part, in order, and no part sets off before its last layer's gradient is complete.
  @Test(
    arguments: [
      "mnist", "lenet-cifar10", "resnet32-cifar10", "lenet-cifar10-paper", "resnet32-cifar10-paper",
    ], [true, false])
  func partsAreAllParameters(preset: String, dividing: Bool) throws {
    try check(preset, dividing: dividing, slices: 1)
    try check(preset, dividing: dividing, slices: 2)
  }

  private func check(_ preset: String, dividing: Bool, slices: Int) throws {
    let (layout, parts) = try parts(preset, dividing: dividing, slices: slices)
    #expect(parts.first?.range.lowerBound == 0)
    #expect(parts.last?.range.upperBound == layout.parameters.count)
    for (part, next) in zip(parts, parts.dropFirst()) {
      #expect(part.range.upperBound == next.range.lowerBound)
    }
    for part in parts {
      let group = part.group == .extractor ? [layout.extractor] : layout.generators
      for perceptron in group {
        for (level, weight) in perceptron.weights.enumerated()
        where part.range.overlaps(weight.range) {
          #expect(part.isOfRows == (slices > 1 && perceptron.rowsPerLatent > 1))
          #expect(part.range.clamped(to: weight.range) == weight.range)
          #expect(part.level <= level)
        }
      }
      if let center = layout.center, part.range.overlaps(center.range) {
        #expect(part.range == center.range)
        #expect(part.level == layout.generators.map(\.depth).max())
      }
    }
    #expect(parts.contains { $0.columns != nil } == dividing)
  }

  /// The extractor's last layer and the generator of LeNet's widest layers: 11 of 27 MB, 17 of 22.
  @Test func wideLayersAreDivided() throws {
    func divided(_ preset: String) throws -> [(group: GradientPart.Group, megabytes: Int)] {
      try parts(preset, dividing: true).1.filter { $0.columns != nil }.map {
        ($0.group, 4 * $0.range.count / 1_000_000)
      }
    }
    let resnet = try divided("resnet32-cifar10-paper")
    #expect(resnet.map(\.megabytes).first == 10 && resnet.first?.group == .extractor)
    let lenet = try divided("lenet-cifar10-paper")
    #expect(lenet.contains { $0.group == .generators && $0.megabytes == 16 })
    for part in try parts("lenet-cifar10-paper", dividing: true).1 {
      guard let columns = part.columns else { continue }
      #expect(part.range.count == columns.count * columns.inputs)
    }
  }

  /// Most of what generators have sets off before their lowest layers are done, in few parts.
  @Test func largeLayersSetOffByThemselves() throws {
    let (layout, parts) = try parts("resnet32-cifar10-paper", dividing: true)
    let generators = parts.filter { $0.group == .generators && $0.columns == nil }
    func count(_ parts: [GradientPart]) -> Int { parts.reduce(0) { $0 + $1.range.count } }
    #expect(2 * count(generators.filter { $0.level > 0 }) > count(generators))
    #expect(generators.count <= 3 * layout.generators.count)
  }
}
