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
  public typealias Times = (name: String, seconds: [Double])

  /// Of all tensors together.
  public let byteCount: Int
  /// What comes before the files.
  public let preparations: [Times]
  /// Files written with more and more care, in turn; the last is what the program's commands do.
  public let files: [Times]
  /// HDF5 by itself, until the file was closed, and until it was on the disk.
  public let plainClosed: [Double]
  public let plainSynced: [Double]
  /// As many bytes by one process, from front to back, as `dd conv=fsync` writes them.
  public let rawSynced: [Double]

  /// Of the writing.
  public var seconds: [Double] { files[files.count - 1].seconds }

  /// Median over the rounds of plain seconds / ours within one round, both until all is on the disk: above 1
  /// where ours is faster.
  public func speedOfPlain(_ ours: [Double]) -> Double {
    Statistics.median(zip(plainSynced, ours).map { $0 / $1 })
  }

  /// The same against the faster of the two in each round.
  public func speedOfBetter(_ ours: [Double]) -> Double {
    Statistics.median(zip(zip(plainSynced, rawSynced), ours).map { min($0.0, $0.1) / $1 })
  }

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
        communicator, preparations: [("generate", { _ in generate() })],
        files: [("write", { try SampleFile.writeHDF5($0, samples, communicator: communicator) })])
    }
  }

  /// A checkpoint of step 0: its digests, a file of it without digests or reading back (`write`), and all that a training waits for (`save`). Collective.
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
    let header = CheckpointHeader(
      step: 0, seed: configuration.training.seed, configuration: configuration.yaml(),
      programVersion: ProgramVersion.current, stateDigest: "")
    let digester = StateDigester(
      step: 0, seed: header.seed, shardCount: configuration.shardCount, tensors: tensors,
      pool: pool, communicator: communicator)
    let check = StateCheck(communicator: communicator, pool: pool)
    func write(
      _ path: String, _ precautions: WritingPrecautions, inspect: () throws -> Void = {}
    ) throws {
      try CheckpointFile.write(
        path, header: header, tensors: tensors, digests: digester, communicator: communicator,
        inspect: inspect, precautions: precautions)
    }
    return try withExtendedLifetime((parameters, optimizer, average)) {
      try measure(
        plain: PlainCollectiveFile(tensors, communicator: communicator), folder, repeats,
        communicator, preparations: [("digest", { _ in digester.compute() })],
        files: [
          ("write", { try write($0, .room) }),
          ("save", { try write($0, .all) { try check.requireSound(tensors, step: 0) } }),
        ])
    }
  }

  // MARK: Measuring

  /// Rounds of what comes before the writing, which may take much longer.
  private static let mostPreparations = 3

  private typealias Part = (name: String, run: (_ path: String) throws -> Void)

  private static func measure(
    plain: PlainCollectiveFile, _ folder: String, _ repeats: Int, _ communicator: Communicator,
    preparations: [Part], files: [Part]
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
    var seconds = [String: [Double]]()
    var (closed, synced, raw) = ([Double](), [Double](), [Double]())
    func ours() throws {
      for file in files {
        seconds[file.name, default: []].append(try time { try file.run(path) })
        if communicator.rank == 0 { unlink(path) }
      }
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
      for part in preparations {
        seconds[part.name, default: []].append(try time { try part.run(path) })
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
    func times(_ parts: [Part]) -> [Times] {
      parts.map { ($0.name, Array(seconds[$0.name, default: []].dropFirst())) }
    }
    return WritingBenchmark(
      byteCount: plain.byteCount, preparations: times(preparations), files: times(files),
      plainClosed: Array(closed.dropFirst()), plainSynced: Array(synced.dropFirst()),
      rawSynced: Array(raw.dropFirst()))
  }

  private static func writeRaw(_ count: Int, to path: String) throws {
    let piece = SharedBuffer<UInt8>(count: min(count, 4 << 20))
    let file = PartialFile(for: path, writtenAs: path)
    try file.create()
    try file.write(startedEarly: false) { (put) throws(FileError) in
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
