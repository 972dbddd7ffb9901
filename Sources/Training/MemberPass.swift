// The gradients of networks that train alone: each slice of a minibatch on one thread, or the last ones on teams of several.

import Baselines
import Datasets
import Host
import Numerics
import TargetNetworks

/// Runs this rank's slices of its networks' minibatches forward and backward.
final class MemberPass {
  /// (own slices, trained numbers): those of the first network, then the next one's. Of a distribution, of the numbers that networks are made of.
  let gradients: AlignedBuffer<Float>
  /// (own networks, trained numbers): of distributions, the penalties'.
  let penaltyGradients: AlignedBuffer<Float>

  private let pool: WorkerPool
  private let batch: Int
  private let sliceImages: Int
  private let members: [Member]
  private let slices: Range<Int>
  private let images: ChangedImages
  private let engines: [TrainingEngine]
  /// Images and answers of slices that run at the same time.
  private let pixels: [SharedBuffer<Float>]
  private let answers: [AnswerRoom]
  /// Of each own network.
  private let orders: [ImageOrder]
  private let seeds: [UInt64]
  private let weights: [FloatView]
  /// (own slices, images)
  private let indices: AlignedBuffer<Int32>
  private let mask: DropoutMask?
  /// Each thread's, where weights are masked.
  private let masked: [SharedBuffer<Float>]
  /// Each thread's, where networks are drawn from distributions.
  private let rooms: [WeightModelRoom]

  /// `members` are this rank's, `slices` those of each of their minibatches of `batch` images that it computes. With `mask` each
  /// slice sees units dropped, others each time. Of a distribution each slice draws a network.
  init(
    members: [Member], slices: Range<Int>, batch: Int, sliceImages: Int, target: TargetArchitecture,
    activations: ElementType, mask: DropoutMask?, images: ChangedImages, pool: WorkerPool
  ) throws {
    self.members = members
    self.slices = slices
    self.batch = batch
    self.sliceImages = sliceImages
    self.images = images
    self.pool = pool
    let threads = 0..<pool.threadCount
    self.mask = mask
    masked = threads.map { _ in SharedBuffer(count: mask == nil ? 0 : target.weightCount) }
    let model = members.first?.model
    rooms = model.map { model in threads.map { _ in WeightModelRoom(model, target: target) } } ?? []
    engines = try threads.map {
      try TrainingEngine(
        architecture: target, imageCount: sliceImages, activations: activations,
        teamSize: pool.largestTeam(slot: $0))
    }
    pixels = threads.map { _ in SharedBuffer(count: sliceImages * target.input.count) }
    answers = threads.map { _ in AnswerRoom(target, count: sliceImages) }
    orders = members.map { ImageOrder(imageCount: images.images.count, seed: $0.seed) }
    seeds = members.map(\.seed)
    weights = members.map(\.weights)
    indices = AlignedBuffer(count: members.count * slices.count * sliceImages)
    let count = model?.generatingCount ?? target.weightCount
    gradients = AlignedBuffer(count: members.count * slices.count * count)
    penaltyGradients = AlignedBuffer(count: members.count * (model?.layout.count ?? 0))
  }

  /// Deals the images of step `step`: each network its own, without replacement.
  func draw(_ step: Int) {
    for (local, order) in orders.enumerated() {
      for (place, slice) in slices.enumerated() {
        order.fill(
          indices.view.slice((local * slices.count + place) * sliceImages, sliceImages),
          from: (step - 1) * batch + slice * sliceImages)
      }
    }
  }

  /// Overwrites ``gradients`` with those of each slice's sum of losses divided by the minibatch's images, and ``penaltyGradients``.
  func run(_ step: Int, results: StepResults.Own) {
    let slices = slices
    let penalties = rooms.isEmpty ? 0 : members.count
    pool.forEachTeam(
      members.count * slices.count + penalties,
      RunSlice(
        step: step, slices: slices, images: images, indices: indices.view, engines: engines,
        pixels: pixels, answers: answers, seeds: seeds, weights: weights, mask: mask,
        masked: masked,
        rooms: rooms, penalties: penalties, gradientScale: 1 / Float(batch),
        gradients: gradients.view, penaltyGradients: penaltyGradients.view, results: results))
  }
}

private struct RunSlice: TeamLoopBody {
  let step: Int
  let slices: Range<Int>
  let images: ChangedImages
  let indices: VectorView<Int32>
  let engines: [TrainingEngine]
  let pixels: [SharedBuffer<Float>]
  let answers: [AnswerRoom]
  let seeds: [UInt64]
  let weights: [FloatView]
  let mask: DropoutMask?
  let masked: [SharedBuffer<Float>]
  let rooms: [WeightModelRoom]
  let penalties: Int
  let gradientScale: Float
  let gradients: FloatView
  let penaltyGradients: FloatView
  let results: StepResults.Own

  func callAsFunction(_ index: Int, _ slot: Int, _ team: Team) {
    if index < penalties {
      penalize(index, slot)
    } else {
      run(index - penalties, slot, team)
    }
  }

  /// Every rank of a network's group does this, and one of them records it.
  private func penalize(_ member: Int, _ slot: Int) {
    let count = weights[member].count
    let penalty = rooms[slot].penalty(
      CounterRandom(seed: seeds[member], purpose: .divergence, major: step), weights[member],
      into: penaltyGradients.slice(member * count, count))
    if slices.lowerBound == 0 { results.record(member * slices.count, penalty: penalty) }
  }

  private func run(_ unit: Int, _ slot: Int, _ team: Team) {
    let (member, slice) = (unit / slices.count, slices.lowerBound + unit % slices.count)
    let (pixels, answers) = (pixels[slot].view, answers[slot].answers)
    images.copy(
      indices.slice(unit * answers.count, answers.count), seed: seeds[member], step: step, set: 0,
      first: slice * answers.count, into: pixels, answers: answers)
    let count = gradients.count / (weights.count * slices.count)
    let gradient = gradients.slice(unit * count, count)
    guard rooms.isEmpty else {
      let room = rooms[slot]
      room.generate(
        CounterRandom(seed: seeds[member], purpose: .memberLatents, major: step, minor: slice),
        weights[member])
      let result = engines[slot].trainingPass(
        weights: room.weights, images: pixels, answers: answers, gradientScale: gradientScale,
        gradient: room.weightGradient, team: team)
      room.backward(weights[member], into: gradient)
      return results.record(
        unit, loss: result.lossSum, correct: result.correctCount)
    }
    let random = CounterRandom(seed: seeds[member], purpose: .dropout, major: step, minor: slice)
    var seen = weights[member]
    if let mask {
      seen = masked[slot].view
      seen.copy(from: weights[member])
      mask.apply(random, to: seen)
    }
    let result = engines[slot].trainingPass(
      weights: seen, images: pixels, answers: answers, gradientScale: gradientScale,
      gradient: gradient, team: team)
    mask?.apply(random, to: gradient)
    results.record(unit, loss: result.lossSum, correct: result.correctCount)
  }
}
