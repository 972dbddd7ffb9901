// How fast files are written, beside what HDF5 does by itself with the same bytes.

import Checkpointing
import Collectives
import Configurations
import Files
import Glibc
import Host
import Hypernetworks
import Numerics
import Optimizers
import Training

/// Seconds of what comes before a file and of writing it, several times, the writing in turn with ``PlainCollectiveFile`` on the same file system.
/// Times are from the moment all ranks are ready until all have done.
public struct WritingBenchmark: Sendable {
  /// Of all tensors together.
  public let byteCount: Int
  /// What was done, in its order, with the seconds of each round; the last part is the writing.
  public let parts: [(name: String, seconds: [Double])]
  /// HDF5 by itself, until the file was closed, and until it was on the disk.
  public let plainClosed: [Double]
  public let plainSynced: [Double]
  /// As many bytes by one process, from front to back, as `dd conv=fsync` writes them.
  public let rawSynced: [Double]

  /// Of the writing.
  public var seconds: [Double] { parts[parts.count - 1].seconds }
  /// Median over the rounds of plain seconds / ours within one round, both until all is on the disk: above 1
  /// where ours is faster.
  public var speedOfPlain: Double { Statistics.median(zip(plainSynced, seconds).map { $0 / $1 }) }

  /// The same against the faster of the two in each round.
  public var speedOfBetter: Double {
    Statistics.median(zip(zip(plainSynced, rawSynced), seconds).map { min($0.0, $0.1) / $1 })
  }
  /// What a training waits for a file: the medians of all parts together.
  public var stall: Double { parts.reduce(0) { $0 + Statistics.median($1.seconds) } }

  // MARK: What is written

  /// `sample`: generates `count` networks as of step 0 and writes them. The numbers in the
  /// place of normalizations' statistics are not measured. Collective.
  public static func samples(
    _ configuration: Configuration, count: Int, repeats: Int, folder: String,
    communicator: Communicator, pool: WorkerPool
  ) throws -> WritingBenchmark {
    let layout = try configuration.hypernetworkLayout()
    let (rank, size) = (communicator.rank, communicator.size)
    let own = rank * count / size..<(rank + 1) * count / size
    // The weights, and once more in the file's order for HDF5 by itself.
    try requireMemory(8 * own.count * layout.weightCount, communicator)
    let samplers = (0..<pool.threadCount).map { _ in
      WeightSampler(
        parameters: HypernetworkParameters(layout: layout, seed: 0),
        fixesGauge: configuration.objectiveSettings.gauge)
    }
    let source = Latents(architecture: layout.architecture, seed: 0)
    let latents = SharedBuffer<Float>(count: own.count * layout.latentSize)
    let weights = SharedBuffer<Float>(count: own.count * layout.weightCount)
    let statistics = SharedBuffer<Float>(count: own.count * layout.target.statisticCount)
    statistics.view.fill(1)
    func generate() {
      pool.forEach(own.count) { index, thread in
        let z = latents.view.slice(index * layout.latentSize, layout.latentSize)
        source.fill(z, purpose: .evaluationLatents, sample: own.lowerBound + index)
        samplers[thread].generate(
          from: z, into: weights.view.slice(index * layout.weightCount, layout.weightCount))
      }
    }
    let samples = WeightSamples(
      count: count, latentSize: layout.latentSize, latents: latents.view, weights: weights.view,
      statistics: statistics.view, target: layout.target)
    generate()
    return try withExtendedLifetime((latents, weights, statistics)) {
      try measure(
        plain: PlainCollectiveFile(samples, communicator: communicator), folder, repeats,
        communicator,
        [
          ("generate", { _ in generate() }),
          ("write", { try SampleFile.writeHDF5($0, samples, communicator: communicator) }),
        ])
    }
  }

  /// A checkpoint of step 0, with its digests. Collective.
  public static func checkpoint(
    _ configuration: Configuration, repeats: Int, folder: String, communicator: Communicator,
    pool: WorkerPool
  ) throws -> WritingBenchmark {
    let parameters = HypernetworkParameters(
      layout: try configuration.hypernetworkLayout(), seed: configuration.training.seed)
    let optimizer = Adam(count: parameters.layout.parameters.count, pool: pool)
    let decay = configuration.training.averageDecay
    let average =
      decay > 0 ? ParameterAverage(of: parameters, decay: decay, pool: pool) : nil
    let tensors = TrainingState.tensors(parameters, optimizer, average)
    var digests: TensorDigests?
    var header = CheckpointHeader(
      step: 0, seed: configuration.training.seed, configuration: configuration.yaml(),
      programVersion: ProgramVersion.current, stateDigest: "")
    return try withExtendedLifetime((parameters, optimizer, average)) {
      try measure(
        plain: PlainCollectiveFile(tensors, communicator: communicator), folder, repeats,
        communicator,
        [
          (
            "digest",
            { _ in
              digests = try TensorDigests.compute(
                step: 0, seed: header.seed, shardCount: configuration.distribution.shards,
                tensors: tensors, communicator: communicator)
              header.stateDigest = digests!.state
            }
          ),
          (
            "write",
            {
              try CheckpointFile.write(
                $0, header: header, tensors: tensors, digests: digests,
                communicator: communicator)
            }
          ),
        ])
    }
  }

  // MARK: Measuring

  /// Rounds of what comes before the writing, which may take much longer.
  private static let mostPreparations = 3

  private typealias Part = (name: String, run: (_ path: String) throws -> Void)

  private static func measure(
    plain: PlainCollectiveFile, _ folder: String, _ repeats: Int, _ communicator: Communicator,
    _ parts: [Part]
  ) throws -> WritingBenchmark {
    let path = try communicator.broadcast("\(folder)/hyperdist-bench-\(getpid()).h5", from: 0)
    defer { if communicator.rank == 0 { unlink(path) } }
    func time(_ body: () throws -> Void) throws -> Double {
      try communicator.barrier()
      let begin = monotonicSeconds()
      try body()
      try communicator.barrier()
      return monotonicSeconds() - begin
    }
    var seconds = parts.map { _ in [Double]() }
    var (closed, synced, raw) = ([Double](), [Double](), [Double]())
    func ours() throws {
      seconds[parts.count - 1].append(try time { try parts[parts.count - 1].run(path) })
      if communicator.rank == 0 { unlink(path) }
    }
    func theirs() throws {
      synced.append(try time { closed.append(try plain.write(path)) })
      if communicator.rank == 0 { unlink(path) }
      raw.append(
        try time { if communicator.rank == 0 { try writeRaw(plain.byteCount, to: path) } })
      if communicator.rank == 0 { unlink(path) }
    }
    // The first round warms up; who is first in a round changes. Nothing else happens between the files, or
    // one kind would find the memory of the page cache warmer than the other.
    for _ in 0...min(repeats, mostPreparations) {
      for index in 0..<parts.count - 1 {
        seconds[index].append(try time { try parts[index].run(path) })
      }
    }
    for round in 0...repeats {
      if round % 2 == 0 {
        try theirs()
        try ours()
      } else {
        try ours()
        try theirs()
      }
    }
    return WritingBenchmark(
      byteCount: plain.byteCount,
      parts: zip(parts, seconds).map { ($0.name, Array($1.dropFirst())) },
      plainClosed: Array(closed.dropFirst()), plainSynced: Array(synced.dropFirst()),
      rawSynced: Array(raw.dropFirst()))
  }

  private static func writeRaw(_ count: Int, to path: String) throws {
    let piece = SharedBuffer<UInt8>(count: min(count, 4 << 20))
    let file = PartialFile(for: path, writtenAs: path)
    try file.create()
    try file.write { (put) throws(FileError) in
      for place in stride(from: 0, to: count, by: piece.view.count) {
        try put(piece.view.slice(0, min(piece.view.count, count - place)).bytes, place)
      }
    }
  }

  /// Ends with a clear line rather than for want of memory. Collective.
  private static func requireMemory(_ bytes: Int, _ communicator: Communicator) throws {
    let lacks = bytes * communicator.ranksOnThisNode > MemoryUse.availableBytes
    guard try communicator.max(lacks ? 1 : 0) > 0 else { return }
    throw BenchmarkError(
      description:
        "the networks take \(bytes / 1_000_000) MB a rank, more than a machine has free; take "
        + "fewer (--count) or more machines")
  }
}
