// Steps with a poisoned weight, for tests on several ranks. Prints what rank 0 sees of them.

import Checkpointing
import Collectives
import Configurations
import Datasets
import Evaluation
import Files
import Host
import Hypernetworks
import Kernels
import Numerics
import Optimizers
import Training

let configuration = try Configuration.preset(
  "quickstart",
  overrides: [
    "training.latents=24", "training.imagesPerLatent=4", "training.seed=3",
    "objective.gauge=false",
    "hypernetwork={latentSize: 6, extractorHidden: [8], generatorHidden: [[5], [5]]}",
    "target.layers=[convolution: {filters: 2, size: 3, stride: 2, padding: same}, relu, "
      + "fullyConnected: {outputs: 10}]",
  ])

/// Noise; labels by the image's number.
func images(_ shape: ImageShape) -> LabeledImages {
  let random = CounterRandom(seed: 1, purpose: .test)
  let count = 200
  return LabeledImages(
    shape: shape, classCount: 10,
    pixels: (0..<count * shape.count).map { UInt8(truncatingIfNeeded: random.bits($0).x) },
    labels: (0..<count).map { ClassLabel($0 % 10) })
}

let communicator = try Communicator.start()
let pool = WorkerPool(threadCount: 2) { LibraryThreads.useOne() }
let layout = try configuration.hypernetworkLayout()
let plan = try ShardPlan(sampleCount: 24, shardCount: 8, rankCount: communicator.size)

func digest(_ views: [FloatView]) -> String {
  var digest = SHA256()
  for view in views { digest.update(view.bytes) }
  return digest.hexDigest()
}

/// Makes a step, one with the last layer's first weight overwritten by `poison`, and one with the weight
/// as it was.
func run(
  _ name: String, poison: Float, lambda: Float, diversity: Diversity = .entropy, committee: Int = 1,
  placement: OptimizerPlacement = .sharded
) throws {
  let parameters = HypernetworkParameters(layout: layout, seed: 3)
  var settings = StepSettings(configuration)
  settings.lambda.initial = Double(lambda)
  settings.objective.diversity = diversity
  settings.objective.committee = committee
  settings.averageDecay = 0.75
  settings.placement = placement
  let step = try TrainingStep(
    parameters: parameters, settings: settings, plan: plan, images: images(layout.target.input),
    communicator: communicator, pool: pool)
  func state() throws -> String {
    try step.share()
    return try step.state.read { digest($0.map(\.values)) }
  }
  var lines: [String] = []
  func note(_ report: StepReport) {
    let skipped = report.skipped.map {
      "\($0.quantity), sample \($0.sample ?? -1), rank \($0.rank ?? -1)"
    }
    lines.append("\(name) skipped \(skipped ?? "nothing")")
  }
  if poison.isNaN || poison > 0 {
    note(try step.run(1, measure: true))
    try step.share()
    let entry = layout.generators[1].weights[1]
    let weight = parameters.values[entry.offset]
    parameters.values[entry.offset] = poison
    let before = try state()
    note(try step.run(2, measure: true))
    lines.append("\(name) unchanged \(try state() == before)")
    parameters.values[entry.offset] = weight
    note(try step.run(3, measure: true))
  } else {
    let before = try state()
    note(try step.run(1, measure: true))
    lines.append("\(name) unchanged \(try state() == before)")
  }
  let digests = try communicator.gather(try state())
  lines.append("\(name) ranks agree \(Set(digests).count == 1)")
  lines.append("\(name) state \(digests[0])")
  if communicator.rank == 0 { for line in lines { print(line) } }
}

try run("clean", poison: 0.01, lambda: 1)
try run("replicated", poison: 0.01, lambda: 1, placement: .replicated)
try run("nan", poison: .nan, lambda: 1)
try run("some", poison: 2e38, lambda: 1)
try run("committee", poison: 2e38, lambda: 1, diversity: .ensemble, committee: 6)
try run("neighbours", poison: 2e38, lambda: 1, diversity: .outputEntropy, committee: 6)
try run("gradient", poison: 1e36, lambda: 1e6)
try run("gradient, replicated", poison: 1e36, lambda: 1e6, placement: .replicated)
try run("lambda", poison: 0, lambda: 1e30)

/// A number that one rank alone refuses, each in its turn, is told alike on all.
func checkAgreement() throws {
  let network = try Hypernetwork(
    parameters: HypernetworkParameters(layout: layout, seed: 3), fixesGauge: .none, plan: plan,
    communicator: communicator, placement: .sharded, pool: pool, clock: PhaseClock())
  let owned = network.ownedParameters
  let diagnosis = StepDiagnosis(
    plan: plan, communicator: communicator, layout: layout, owned: owned)
  let gradient = SharedBuffer<Float>(count: layout.parameters.count)
  var isAlike = try diagnosis.agree(gradient.view, passes: true) == nil
  for owner in 0..<communicator.size {
    // Ranks may have nothing of a small part; somebody has some of the largest.
    let place = owned.max { $0.count < $1.count }!.lowerBound
    if communicator.rank == owner { gradient.view[place] = .nan }
    let refused = try diagnosis.agree(gradient.view, passes: communicator.rank != owner)
    gradient.view[place] = 0
    let own = layout.parameters.entries.first { $0.range.contains(place) }
    let expected = try communicator.gather(own?.name ?? "")[owner]
    isAlike = isAlike && refused?.name == expected
  }
  let isWrong = try communicator.max(isAlike ? 0 : 1) > 0
  if communicator.rank == 0 { print("refusals of one rank are told alike \(!isWrong)") }
}
try checkAgreement()

/// A state that one rank has otherwise, each in its turn, or with a number that is not finite, is refused by all alike.
func checkStates() throws {
  let values = SharedBuffer<Float>(count: 150_003)
  let tensors = [
    CheckpointTensor(name: "a", shape: [3], values: values.view.slice(0, 3)),
    CheckpointTensor(name: "b", shape: [150_000], values: values.view.slice(3, 150_000)),
  ]
  let check = StateCheck(communicator: communicator, pool: pool)
  /// What all are told; empty where they are not told the same.
  func refusal() throws -> String {
    var own = "sound"
    do { try check.requireSound(tensors, step: 4) } catch let error as TrainingError {
      own = error.description
    }
    let all = Set(try communicator.gather(own))
    return all.count == 1 ? own : ""
  }
  var isRight = try refusal() == "sound"
  let size = communicator.size
  for owner in 0..<size {
    for (place, name) in [(2, "a"), (3, "b"), (18, "b"), (70_000, "b"), (150_002, "b")] {
      for value in [Float(1), -0.0, .nan, -.infinity] {
        if communicator.rank == owner { values.view[place] = value }
        let text = try refusal()
        values.view[place] = 0
        let other = owner == 0 ? 1 : owner
        let isExpected =
          if value.isFinite {
            size == 1
              ? text == "sound"
              : text.hasPrefix("after step 4 \(name) is not the same on rank \(other) as on rank 0")
          } else {
            text.hasPrefix(
              "after step 4 \(name) has a number that is not finite"
                + (size == 1 ? "," : " on rank \(owner),"))
          }
        isRight = isRight && isExpected
      }
    }
  }
  values.view.fill(.nan)
  isRight = try isRight && refusal().contains("finite\(size == 1 ? "" : " on every rank"),")
  let isWrong = try communicator.max(isRight ? 0 : 1) > 0
  if communicator.rank == 0 { print("states are refused alike \(!isWrong)") }
}
try checkStates()

/// Every network of an evaluation is a sign of life; there are others.
let pulse = Pulse()
let evaluator = try EnsembleEvaluator(
  parameters: HypernetworkParameters(layout: layout, seed: 3),
  settings: configuration.objectiveSettings, communicator: communicator, pool: pool, pulse: pulse)
_ = try evaluator.evaluate(
  EvaluationRequest(networkCount: 11, seed: 1), on: images(layout.target.input))
let beats = try communicator.gather("\(pulse.beats - pulse.marks)").compactMap { Int($0) }
if communicator.rank == 0 { print("evaluation beats for each network \(beats.reduce(0, +) >= 11)") }
try communicator.finish()
