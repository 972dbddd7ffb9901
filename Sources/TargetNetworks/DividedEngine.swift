// Networks in training whose images come in fixed slices, some of which may lie on other ranks.

import Host
import Kernels
import Numerics

/// As ``TrainingEngine``, but loss and weight gradient are those of each slice of the images by itself, in tensors of a slice's images: the same on whichever rank,
/// among whichever other slices. What mixes slices, statistics of normalizations and their gradients, is combined in the slices' order; where some
/// slices are on other ranks, a ``StatisticsExchange`` brings it together, once a normalization forward and once backward.
///
/// Where there are normalizations, the engine has operators for each of its slices and runs them in step, so that its memory grows with the images;
/// kernels are loaded once for all. Otherwise slices run one after the other. A warm pass allocates nothing of ours.
public final class DividedEngine: @unchecked Sendable {
  public let architecture: TargetArchitecture
  /// Images of a slice.
  public let sliceImages: Int
  public let sliceCount: Int
  /// The slices that are run here.
  public let slices: Range<Int>
  private let chains: [SlicedChain<Tensor>]
  /// What each slice says to the others, (slices, numbers): the largest normalization's.
  private let parts: AlignedBuffer<Double>

  /// - Parameters:
  ///   - sliceImages: images of a slice.
  ///   - sliceCount: of all images of a network.
  ///   - slices: those that are run here.
  ///   - activations: what images' activations and their gradients are stored in.
  ///   - teamSize: the most threads that ever run it together.
  public init(
    architecture: TargetArchitecture, sliceImages: Int, sliceCount: Int, slices: Range<Int>,
    activations: ElementType, teamSize: Int = 1
  ) throws(KernelError) {
    precondition(
      !slices.isEmpty && (0..<sliceCount).contains(slices),
      "DividedEngine: slices \(slices) of \(sliceCount)")
    self.architecture = architecture
    self.sliceImages = sliceImages
    self.sliceCount = sliceCount
    self.slices = slices
    var chains: [SlicedChain<Tensor>] = []
    for _ in 0..<(architecture.isNormalized ? slices.count : 1) {
      chains.append(
        try SlicedChain(
          architecture: architecture, imageCount: sliceImages, statistics: .batch,
          activations: activations, teamSize: teamSize, sharing: chains.first
        ) { builder throws(KernelError) in try builder.makeWeightGradients() })
    }
    self.chains = chains
    parts = AlignedBuffer(
      count: sliceCount * (Self.partCounts(architecture).max() ?? 0))
  }

  /// Numbers that a slice says to the others at each normalization, in the order of the forward pass.
  public static func partCounts(_ architecture: TargetArchitecture) -> [Int] {
    architecture.blocks.filter(\.isNormalized).map {
      Normalization.partCount(filters: $0.filterCount)
    }
  }

  /// Loss and weight gradient of each of this engine's slices.
  ///
  /// - Parameters:
  ///   - weights: D, read.
  ///   - images: (own slices * sliceImages, channel, row, column), read.
  ///   - answers: own slices * sliceImages, read.
  ///   - gradientScale: factor of the gradient.
  ///   - gradients: (own slices, D), overwritten with gradientScale * d(sum of a slice's losses) / d weights.
  ///   - exchange: to those who have the other slices; the main thread must lead `team` then.
  ///   - record: is told what the network says of each of its slices, by the slice's place among them.
  /// Cost: about 3 * forward FLOPs an image, and for each slice gradients back from the passes' layouts.
  public func trainingPass(
    weights: FloatView, images: FloatView, answers: AnswerView, gradientScale: Float,
    gradients: FloatView, exchange: (any StatisticsExchange)? = nil, team: Team = .alone,
    record: (_ slice: Int, TargetResult) -> Void
  ) {
    let count = slices.count * sliceImages
    precondition(
      images.count == count * architecture.input.count && answers.count == count
        && gradients.count == slices.count * architecture.weightCount
        && (exchange != nil || slices.count == sliceCount || !architecture.isNormalized),
      "DividedEngine: \(images.count) pixels, \(answers.count) answers, \(gradients.count) gradients for slices \(slices) "
        + "of \(sliceCount), \(sliceImages) images each of \(architecture.input), and \(architecture.weightCount) weights"
    )
    chains[0].operators.join(team)
    defer { chains[0].operators.join(.alone) }
    for chain in chains { chain.load(weights) }
    for first in stride(from: 0, to: slices.count, by: chains.count) {
      let pixels = sliceImages * architecture.input.count
      for (number, chain) in chains.enumerated() {
        let own = images.slice((first + number) * pixels, pixels)
        if architecture.isNormalized {
          _ = chain.load(own, slice: 0, count: sliceImages)
        } else {
          record(
            first,
            run(
              chain, own, answers.slice(first * sliceImages..<(first + 1) * sliceImages),
              gradientScale))
        }
      }
      if architecture.isNormalized {
        runTogether(answers, gradientScale, gradients, exchange, team, record)
      } else {
        chains[0].operators.storeGradients(row(first, of: gradients))
      }
      for number in chains.indices {
        architecture.clearUnused(row(first + number, of: gradients))
      }
    }
  }

  /// A slice's images without normalizations, some at a time.
  private func run(
    _ chain: SlicedChain<Tensor>, _ images: FloatView, _ answers: AnswerView, _ gradientScale: Float
  ) -> TargetResult {
    var result = TargetResult(lossSum: 0, correctCount: 0)
    for run in 0..<chain.slices.count {
      let range = chain.forward(images, slice: run, count: sliceImages)
      let part = evaluate(chain, answers.slice(range), gradientScale)
      result.lossSum += part.lossSum
      result.correctCount += part.correctCount
      chain.operators.backward()
      chain.operators.collectGradients(isFirst: run == 0)
    }
    return result
  }

  private func evaluate(
    _ chain: SlicedChain<Tensor>, _ answers: AnswerView, _ gradientScale: Float
  ) -> TargetResult {
    architecture.loss.evaluate(
      chain.operators.logits.values, width: architecture.classCount, answers: answers,
      scale: gradientScale, gradient: chain.gradients.values)
  }

  /// All slices, operator by operator.
  private func runTogether(
    _ answers: AnswerView, _ gradientScale: Float, _ gradients: FloatView,
    _ exchange: (any StatisticsExchange)?, _ team: Team,
    _ record: (_ slice: Int, TargetResult) -> Void
  ) {
    let operators = chains[0].operators.normalizations
    for index in operators.indices {
      guard let one = operators[index] else {
        for chain in chains { chain.operators.forward(operator: index) }
        continue
      }
      let all = gather(index, one.partCount, exchange) { $0.measure(into: $1) }
      for chain in chains {
        chain.operators.normalizations[index]?.normalize(by: all, sliceCount: sliceCount)
      }
    }
    for (number, chain) in chains.enumerated() {
      record(
        number,
        evaluate(
          chain, answers.slice(number * sliceImages..<(number + 1) * sliceImages), gradientScale))
    }
    for index in operators.indices.reversed() {
      guard let one = operators[index] else {
        runBackward(index, gradients, team)
        continue
      }
      let all = gather(index, one.partCount, exchange) { $0.sumGradients(into: $1) }
      for chain in chains {
        chain.operators.normalizations[index]?.backward(by: all, sliceCount: sliceCount)
      }
    }
    for (number, chain) in chains.enumerated() {
      chain.operators.storeNormalizations(row(number, of: gradients))
    }
  }

  /// An operator's gradients of filters are stored while caches hold them.
  private func runBackward(_ index: Int, _ gradients: FloatView, _ team: Team) {
    let storing = chains[0].operators.storing(operator: index)
    let isShared = team.size > 1 && storing.isNeeded && !storing.isOfLibrary
    for (number, chain) in chains.enumerated() {
      chain.operators.backward(operator: index)
      if storing.isNeeded && !isShared {
        chain.operators.storeGradient(operator: index, row(number, of: gradients), member: 0)
      }
    }
    if isShared {
      team.forEach(chains.count, StoreSlices(engine: self, index: index, gradients: gradients))
    }
  }

  private func row(_ slice: Int, of gradients: FloatView) -> FloatView {
    gradients.slice(slice * architecture.weightCount, architecture.weightCount)
  }

  private struct StoreSlices: LoopBody {
    let engine: DividedEngine
    let index: Int
    let gradients: FloatView

    func callAsFunction(_ number: Int, _ member: Int) {
      engine.chains[number].operators.storeGradient(
        operator: index, engine.row(number, of: gradients), member: member)
    }
  }

  /// What all slices say at a normalization, those here by `say`.
  private func gather(
    _ index: Int, _ count: Int, _ exchange: (any StatisticsExchange)?,
    _ say: (Normalization, DoubleView) -> Void
  ) -> DoubleView {
    let all = parts.view.slice(0, sliceCount * count)
    for (number, chain) in chains.enumerated() {
      guard let made = chain.operators.normalizations[index] else { continue }
      say(made, all.slice((slices.lowerBound + number) * count, count))
    }
    exchange?.complete(all)
    return all
  }
}
