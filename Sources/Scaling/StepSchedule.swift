// The messages of a training step on any number of ranks, without MPI.

import Collectives
import Configurations
import Host
import Hypernetworks
import Numerics
import TargetNetworks
import TrainedModels
import Training

/// What each rank sends, receives and waits for in steps of a hypernetwork's training, and where it computes in between.
///
/// Lengths, partners and message spaces are asked of those who run the step (``SumSchedule``, `ParameterExchange`, `SlicedExchange`, `StepResults`, ...); their
/// order is that of `TrainingStep.run`. What MPI was told (`bench step --trace`) is the same, message by message. Messages that are under way while a rank computes
/// are set off where the program does and looked after where it waits for them.
public struct StepSchedule: Sendable {
  public let plan: ShardPlan
  let layout: HypernetworkLayout
  private let settings: StepSettings
  private let parts: [GradientPart]
  private let rows: SumPlan
  private let extractor: LevelList
  private let generators: LevelList
  private let mostPeers: Int
  /// Of each rank: its samples, and once more for each sample whose nearest neighbour is one of them, which is what the way home of an entropy's
  /// gradient depends on. Nil: every sample is the neighbour of one.
  private let neighbourTerms: [Int]?
  private let overhead: Double

  /// - Parameters:
  ///   - mostPeers: beyond as many, the messages of an all-to-all exchange of weight vectors to ranks in a row are taken for one to the middle of them, of
  ///     their bytes together: simulating each takes hours on a thousand ranks. Nil: none are.
  ///   - neighbourTerms: of each rank, its samples and those whose nearest neighbours they are; nil: as many.
  ///   - overhead: seconds that a rank computes for each message that is thus left out.
  public init(
    _ configuration: Configuration, rankCount: Int, mostPeers: Int? = nil, overhead: Double = 0,
    neighbourTerms: [Int]? = nil
  ) throws {
    self.neighbourTerms = neighbourTerms
    self.mostPeers = mostPeers ?? .max
    self.overhead = overhead
    guard configuration.problem == .networks, configuration.baseline.method == .none else {
      throw ScalingError(
        "a schedule is of a hypernetwork's steps: leave out baseline.method and problem",
        .badRequest)
    }
    guard configuration.distribution.reduction == .reproducible else {
      throw ScalingError(
        "distribution.reduction: fast sums inside MPI, whose messages are not known; take reproducible",
        .badRequest)
    }
    settings = StepSettings(configuration)
    layout = try configuration.hypernetworkLayout()
    plan = try ShardPlan(
      sampleCount: configuration.training.latents, shardCount: configuration.distribution.shards,
      sliceCount: configuration.distribution.slices,
      rankCount: rankCount, collectives: configuration.distribution.collectives)
    rows = .ofRows(plan)
    parts = ParameterExchange.parts(layout, plan, settings.placement, settings.wideLayers)
    extractor = LevelList([layout.extractor])
    generators = LevelList(layout.generators)
  }

  /// The hypernetwork's levels of perceptrons that run together.
  private struct LevelList: Sendable {
    let sumCounts: [Int]
    /// Multiplications of a latent's rows.
    let work: [Double]

    init(_ perceptrons: [Perceptron]) {
      sumCounts = PerceptronGroup.sumCounts(perceptrons)
      work = sumCounts.indices.map { level in
        perceptrons.reduce(0) { sum, perceptron in
          level < perceptron.depth ? sum + perceptron.multiplications(layer: level) : sum
        }
      }
    }
  }

  /// The part of the hypernetwork's multiplications that ranks which share a shard divide.
  var cutWork: Double {
    let cut = layout.generators.filter { $0.rowsPerLatent > 1 }.reduce(0) { sum, perceptron in
      (0..<perceptron.depth).reduce(sum) { $0 + perceptron.multiplications(layer: $1) }
    }
    return cut / (extractor.work + generators.work).reduce(0, +)
  }

  /// What `rank` does in `steps` steps from `first` on, no message being under way before or after.
  ///
  /// - Parameter seconds: how long the rank computes a piece of a step's work.
  public func actions(
    of rank: Int, steps: Int = 1, first: Int = 1, seconds: (StepWork, _ step: Int) -> Double
  ) -> [MessageAction] {
    withoutActuallyEscaping(seconds) { seconds in
      var way = Way(self, rank: rank, seconds: seconds)
      for step in first..<first + steps { way.step(step) }
      way.share()
      return way.actions
    }
  }

  /// What `rank` does from the end of one step's update to the end of the next one's: one period of a training. The parameters of the step before are
  /// set off at the beginning, those of this one are not.
  public func steadyStep(
    of rank: Int, step: Int, seconds: (StepWork, _ step: Int) -> Double
  ) -> [MessageAction] {
    withoutActuallyEscaping(seconds) { seconds in
      var way = Way(self, rank: rank, seconds: seconds)
      way.steadyStep(step)
      return way.actions
    }
  }

  /// What is sent in some actions.
  public static func sent(in actions: [MessageAction]) -> (bytes: Int, messages: Int) {
    actions.reduce(into: (0, 0)) { sum, action in
      if case .send(_, _, let bytes) = action { sum = (sum.0 + bytes, sum.1 + 1) }
    }
  }
}

// MARK: One rank's way

extension StepSchedule {
  /// A rank on its way through steps.
  fileprivate struct Way {
    let schedule: StepSchedule
    let rank: Int
    let seconds: (StepWork, Int) -> Double
    private(set) var actions: [MessageAction] = []
    private var step = 0
    private var pending = 0.0
    /// Each part's stages that are still to come; the first is under way.
    private var coming: [[MessageStage]]
    /// Of an exchange of weight vectors.
    private var exchanging: MessageStage?

    private let partWays: [PartWay]
    private let levelSums: (extractor: SumSchedule, generators: SumSchedule)

    init(_ schedule: StepSchedule, rank: Int, seconds: @escaping (StepWork, Int) -> Double) {
      self.schedule = schedule
      self.rank = rank
      self.seconds = seconds
      let plan = schedule.plan
      coming = schedule.parts.map { _ in [] }
      partWays = schedule.parts.enumerated().map { number, part in
        PartWay(part, plan, rows: schedule.rows, rank: rank, space: 1 + number)
      }
      func levels(_ list: LevelList, _ sums: SumPlan) -> SumSchedule {
        SumSchedule(
          Double.self, sums, rank: rank, space: 0, capacity: list.sumCounts.max() ?? 0)
      }
      levelSums = (
        levels(schedule.extractor, .ofSamples(plan)), levels(schedule.generators, schedule.rows)
      )
    }

    private var plan: ShardPlan { schedule.plan }
    private var layout: HypernetworkLayout { schedule.layout }
    private var objective: ObjectiveSettings { schedule.settings.objective }
    private var isDivided: Bool {
      plan.rankCount > 1 && schedule.settings.placement == .sharded
    }

    // MARK: What happens

    private mutating func compute(_ phase: Phase, _ part: Double = 1) {
      pending += seconds(StepWork(phase: phase, part: part), step)
    }

    private mutating func add(_ added: [MessageAction]) {
      if added.isEmpty { return }
      flush()
      actions += added
    }

    private mutating func flush() {
      let nanoseconds = Int((1e9 * pending).rounded())
      if nanoseconds > 0 { actions.append(.compute(nanoseconds: nanoseconds)) }
      pending = 0
    }

    private mutating func block(_ stages: [MessageStage]) { add(stages.actions) }

    private mutating func block(_ call: CollectiveCall) {
      block(call.stages(rank: rank, of: plan.rankCount, space: 0, isBlocking: true))
    }

    private func gather(_ counts: [Int], _ elementBytes: Int) -> CollectiveCall {
      .allGather(blocks: counts.map { $0 * elementBytes })
    }

    /// Sets off one stage after the other, as far as this rank waits for them.
    private mutating func start(_ stages: [MessageStage]) -> [MessageStage] {
      if let first = stages.first { add(first.starts) }
      return stages
    }

    private mutating func advance(_ stages: [MessageStage]) -> [MessageStage] {
      guard let first = stages.first else { return [] }
      add(first.waits)
      return start(Array(stages.dropFirst()))
    }

    private mutating func finish(_ isMeant: (GradientPart) -> Bool = { _ in true }) {
      let meant = coming.indices.filter { isMeant(schedule.parts[$0]) }
      while meant.contains(where: { !coming[$0].isEmpty }) {
        for part in meant { coming[part] = advance(coming[part]) }
      }
    }

    // MARK: A step

    mutating func step(_ number: Int) {
      update(number)
      if isDivided { startGather() }
    }

    mutating func steadyStep(_ number: Int) {
      if isDivided { startGather() }
      update(number)
      flush()
    }

    private mutating func update(_ number: Int) {
      step = number
      compute(.latents)
      generate()
      startDiversity()
      runTargets()
      finishDiversity()
      block(
        gather(StepResults.counts(StepResults.shares(plan)), MemoryLayout<Double>.stride))
      backward()
      if isDivided { block(.allReduce(bytes: MemoryLayout<Int64>.stride)) }
      compute(.optimizer)
      compute(.other)
    }

    /// Returns when all parameters, and their average, are everywhere.
    mutating func share() {
      finish()
      if schedule.settings.averageDecay > 0 && isDivided {
        startGather()
        finish()
      }
      flush()
    }

    private mutating func startGather() {
      for (number, way) in partWays.enumerated() { coming[number] = start(way.gather) }
    }

    private mutating func generate() {
      forward(schedule.extractor, .extractor, levelSums.extractor)
      forward(schedule.generators, .generators, levelSums.generators)
      blockInGroup(RowGroup.outputCounts)
      finish()
    }

    private var allWork: Double {
      (schedule.extractor.work + schedule.generators.work).reduce(0, +)
    }

    private mutating func forward(
      _ list: LevelList, _ group: GradientPart.Group, _ sum: SumSchedule
    ) {
      for (level, (work, count)) in zip(list.work, list.sumCounts).enumerated() {
        finish { $0.group == group && $0.level <= level }
        compute(.generate, work / allWork)
        block(sum.whole(count, isBlocking: true))
      }
    }

    private mutating func backward() {
      if objective.diversity != .none {
        blockInGroup(RowGroup.ownersCounts)
      }
      backward(schedule.generators, .generators, levelSums.generators)
      blockInGroup(RowGroup.inputGradientCounts)
      backward(schedule.extractor, .extractor, levelSums.extractor)
      finish { $0.columns != nil }
      finish()
    }

    private mutating func backward(
      _ list: LevelList, _ group: GradientPart.Group, _ sum: SumSchedule
    ) {
      startGradients { $0.group == group && $0.columns != nil }
      startGradients { $0.group == group && $0.columns == nil && $0.level == list.work.count }
      for level in list.work.indices.reversed() {
        compute(.backward, list.work[level] / allWork)
        startGradients { $0.group == group && $0.columns == nil && $0.level == level }
        if level > 0 { block(sum.whole(list.sumCounts[level - 1], isBlocking: true)) }
      }
    }

    private mutating func startGradients(_ isMeant: (GradientPart) -> Bool) {
      for (number, way) in partWays.enumerated() where isMeant(schedule.parts[number]) {
        coming[number] = start(isDivided ? way.scatter : way.whole)
      }
    }

    // MARK: Target networks

    /// A group's ranks hear from each other at every normalization, between pieces of work of which a third is the forward pass.
    private mutating func runTargets() {
      guard let group = plan.group(of: rank) else { return compute(.targets) }
      let samples = Double(plan.samplesPerShard)
      let count = layout.weightCount
      let numbers = DividedEngine.partCounts(layout.target)
      for _ in 0..<plan.samplesPerShard {
        for (pass, work) in [(numbers, 1.0 / 3), (numbers.reversed(), 2.0 / 3)] {
          let piece = work / samples / Double(pass.count + 1)
          for number in pass {
            compute(.targets, piece)
            block(TargetGroup.partCounts(group, number), MemoryLayout<Double>.stride, in: group)
          }
          compute(.targets, piece)
        }
        let sum = SumSchedule(
          Float.self, group.slices, rank: rank - group.ranks.lowerBound, space: groupSpace,
          capacity: count)
        block(sum.whole(count, isBlocking: true).map { $0.shifted(by: group.ranks.lowerBound) })
      }
    }

    /// An all-gather of Floats of this rank's group, if it has one.
    private mutating func blockInGroup(
      _ counts: (RankGroup, ShardPlan, HypernetworkLayout) -> [Int]
    ) {
      guard let group = plan.group(of: rank) else { return }
      block(counts(group, plan, layout), MemoryLayout<Float>.stride, in: group)
    }

    /// An all-gather of a group's ranks.
    private mutating func block(_ counts: [Int], _ elementBytes: Int, in group: RankGroup) {
      let stages = gather(counts, elementBytes)
        .stages(
          rank: rank - group.ranks.lowerBound, of: group.ranks.count, space: groupSpace,
          isBlocking: true)
      block(stages.map { $0.shifted(by: group.ranks.lowerBound) })
    }

    /// Made behind those of the gradient's parts.
    private var groupSpace: Int { 1 + schedule.parts.count }

    // MARK: Diversity

    /// Whether the weights' entropy is measured only.
    private var measuresEntropy: Bool {
      objective.diversity != .entropy && plan.sampleCount > objective.neighbour
    }

    private mutating func startDiversity() {
      if objective.diversity == .entropy || measuresEntropy { startEntropy(layout.weightCount) }
    }

    private mutating func finishDiversity() {
      if objective.diversity == .entropy {
        compute(.diversity, 0.5)
        return finishEntropy(layout.weightCount, nil, gradient: 0.5)
      }
      compute(.diversity, 0.5)
      if measuresEntropy { finishEntropy(layout.weightCount, nil, gradient: nil) }
      let (classes, images) = (layout.target.classCount, schedule.settings.imagesPerLatent)
      switch objective.diversity {
      case .outputEntropy:
        let hears = objective.hearsCommittees
        let count = (hears ? images : objective.probeImages) * classes
        startEntropy(count)
        return finishEntropy(count, hears ? objective.committee : nil, gradient: 0.5)
      case .ensemble where objective.hearsCommittees:
        block(
          gather(CommitteeEnsembleTerm.counts(plan, images), MemoryLayout<Float>.stride))
      case .ensemble: sum(Float.self, objective.probeImages * classes)
      case .variance:
        sum(Float.self, layout.weightCount)
        sum(Double.self, 1)
      case .entropy, .none: break
      }
      compute(.diversity, 0.5)
    }

    private mutating func sum<Element: TreeSummable>(_: Element.Type, _ count: Int) {
      block(
        SumSchedule(Element.self, plan, rank: rank, space: 0, capacity: count)
          .whole(count, isBlocking: true))
    }

    private func isSliced(_ count: Int) -> Bool {
      EntropyTerm.resolve(
        schedule.settings.exchange, rankCount: plan.rankCount, sampleCount: plan.sampleCount,
        weightCount: count) == .sliced
    }

    private func bytes(_ counts: [Int]) -> [Int] { counts.map { $0 * MemoryLayout<Float>.stride } }

    private mutating func startEntropy(_ count: Int) {
      guard plan.rankCount > 1 else { return }
      let stages: [MessageStage]
      if isSliced(count) {
        stages = allToAll(isAway: true, count)
      } else {
        let call = CollectiveCall.allGather(
          blocks: bytes(GatheredExchange.counts(plan, count).weights))
        stages = call.stages(rank: rank, of: plan.rankCount, space: 0, isBlocking: false)
      }
      exchanging = MessageStage(stages.flatMap(\.starts))
      add(exchanging!.starts)
    }

    /// The exchange of slices of weights, or of their gradients on the way home, on which all wait.
    private mutating func allToAll(isAway: Bool, _ count: Int) -> [MessageStage] {
      let exchanged = exchanged(isAway: isAway, count)
      if plan.rankCount - 1 > schedule.mostPeers { return bands(isAway: isAway, exchanged) }
      let ranks = 0..<plan.rankCount
      let call = CollectiveCall.allToAll(
        sends: bytes(ranks.map { exchanged(rank, $0) }),
        receives: bytes(ranks.map { exchanged($0, rank) }))
      return call.stages(rank: rank, of: plan.rankCount, space: 0, isBlocking: !isAway)
    }

    /// Numbers from one rank to another.
    private func exchanged(isAway: Bool, _ count: Int) -> (_ from: Int, _ to: Int) -> Int {
      if isAway { return { [plan] in SlicedExchange.count(from: $0, to: $1, plan, count) } }
      return SlicedExchange.homeCounts(
        plan, count, schedule.settings.objective.metric, terms: schedule.neighbourTerms)
    }

    /// The same in few messages: eight that are under way together, or thirty-two one after the other.
    private mutating func bands(isAway: Bool, _ exchanged: (_ from: Int, _ to: Int) -> Int)
      -> [MessageStage]
    {
      let size = plan.rankCount
      let bandCount = isAway ? 8 : 32
      pending += schedule.overhead * Double(2 * (size - 1 - bandCount))
      func bytes(from: Int, _ distances: Range<Int>) -> Int {
        distances.reduce(0) { sum, distance in
          let to = (from + distance) % size
          return sum + MemoryLayout<Float>.stride * exchanged(from, to)
        }
      }
      return (0..<bandCount).map { band in
        let distances =
          1 + band * (size - 1) / bandCount..<1 + (band + 1) * (size - 1) / bandCount
        let distance = (distances.lowerBound + distances.upperBound) / 2
        let (above, below) = ((rank + distance) % size, (rank + size - distance) % size)
        return MessageStage([
          .receive(from: below, space: 0, bytes: bytes(from: below, distances)),
          .send(to: above, space: 0, bytes: bytes(from: rank, distances)),
        ])
      }
    }

    /// `gradient` is the part of the phase that a gradient takes, if there is one.
    private mutating func finishEntropy(_ count: Int, _ committee: Int?, gradient: Double?) {
      guard plan.rankCount > 1 else { return compute(.diversity, gradient ?? 0) }
      add(exchanging?.waits ?? [])
      exchanging = nil
      guard isSliced(count) else {
        block(gather(GatheredExchange.counts(plan, count).nearest, MemoryLayout<Double>.stride))
        return compute(.diversity, gradient ?? 0)
      }
      let pairs = PairCount.of(
        plan.sampleCount, committee: committee, objective, seed: schedule.settings.seed, step: step)
      block(
        SumSchedule(Double.self, plan, rank: rank, space: 0, capacity: pairs.most)
          .whole(pairs.now, isBlocking: true))
      if let gradient {
        compute(.diversity, gradient)
        block(allToAll(isAway: false, count))
      }
    }
  }
}

extension Perceptron {
  /// Of a latent's rows.
  fileprivate func multiplications(layer: Int) -> Double {
    Double(rowsPerLatent) * Double(widths[layer]) * Double(widths[layer + 1])
  }
}
