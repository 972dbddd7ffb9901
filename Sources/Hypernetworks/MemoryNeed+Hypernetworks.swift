// What hypernetworks and the networks they generate take of a rank's memory.

import Host
import TargetNetworks

extension MemoryNeed {
  /// `copies` numbers, of 4 bytes, for each that is trained.
  public mutating func add(_ layout: HypernetworkLayout, copies: Int) {
    add(layout.largestSetting, bytes: layout.parameters.count, 4 * copies)
  }

  /// Generated networks, as many as `setting` says: latents, weights and statistics.
  public mutating func add(_ setting: String, networks count: Int, of layout: HypernetworkLayout) {
    add(setting, networks: count, of: layout.target, latentSize: layout.latentSize)
  }

  /// The same, where there need be no hypernetwork.
  public mutating func add(
    _ setting: String, networks count: Int, of target: TargetArchitecture, latentSize: Int
  ) {
    add(setting, bytes: count, latentSize + target.weightCount, 4)
    add(setting, bytes: count, target.statisticCount, 4)
  }

  /// Images of networks that see `images` of them at a time, on each of `threads`: pixels, and the layers' outputs where
  /// normalizations need those of all images together.
  public mutating func add(
    _ setting: String, images: Int, of target: TargetArchitecture, bytesAnOutput: Int, threads: Int
  ) {
    add(setting, bytes: threads, images, target.input.count, 4)
    guard target.isNormalized else { return }
    add(
      setting, bytes: threads, images, bytesAnOutput,
      target.blocks.reduce(0) { $0 + $1.output.count })
  }

  /// Networks that keep what they computed of `images` images from a forward pass to a later backward pass: pixels,
  /// the layers' outputs, weights and their gradients.
  public mutating func add(
    _ setting: String, engines count: Int, keeping images: Int, of target: TargetArchitecture,
    bytesAnOutput: Int
  ) {
    add(setting, bytes: count, images, target.input.count, 4)
    add(
      setting, bytes: count, images, bytesAnOutput,
      target.blocks.reduce(0) { $0 + ($1.isNormalized ? 2 : 1) * $1.output.count })
    add(setting, bytes: count, target.weightCount, 8)
  }
}

extension HypernetworkLayout {
  /// The setting that decides the size of the largest tensor of parameters.
  var largestSetting: String {
    guard let largest = parameters.entries.max(by: { $0.count < $1.count }) else {
      return "hypernetwork"
    }
    let isExtractor = extractor.weights.contains(largest)
    let isFirst = ([extractor] + generators).contains { $0.weights.first == largest }
    let isLast = ([extractor] + generators).contains { $0.weights.last == largest }
    let name =
      switch (isExtractor, isFirst, isLast) {
      case _ where largest == center: "modes"
      case (true, true, _): "latentSize"
      case (true, _, true), (false, true, _): "codeSize"
      case (true, _, _): "extractorHidden"
      case (false, _, _): "generatorHidden"
      }
    let shape = largest.shape.map(String.init).joined(separator: " x ")
    return "hypernetwork.\(name) (\(largest.name) has \(shape) numbers)"
  }
}
