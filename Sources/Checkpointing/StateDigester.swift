// Digests of a state on their way into a checkpoint.

import Collectives
import Host
import Numerics
import Synchronization

/// Computes the digests of what every rank has alike, when there is time: rank 0 that of the whole, the others those of the tensors, each of
/// about as many numbers.
public final class StateDigester {
  private enum Job: Sendable {
    case whole
    case tensor(CheckpointTensor)
  }

  private let jobs: [Job]
  private let wholeDigest: @Sendable () -> String
  let pool: WorkerPool
  private let communicator: Communicator
  /// What this rank has computed: by the tensor's name, the whole's by none.
  private var found: [String: String] = [:]

  /// `pool` computes; without one it is the calling thread.
  public convenience init(
    step: Int, seed: UInt64, shardCount: Int, tensors: [CheckpointTensor], pool: WorkerPool?,
    communicator: Communicator
  ) {
    self.init(tensors, pool, communicator) {
      StateDigest.compute(step: step, seed: seed, shardCount: shardCount, tensors: tensors)
    }
  }

  /// Of the tensors alone.
  convenience init(of tensors: [CheckpointTensor], _ communicator: Communicator) {
    self.init(tensors, nil, communicator, nil)
  }

  private init(
    _ tensors: [CheckpointTensor], _ pool: WorkerPool?, _ communicator: Communicator,
    _ wholeDigest: (@Sendable () -> String)?
  ) {
    self.pool = pool ?? WorkerPool(threadCount: 1)
    self.communicator = communicator
    self.wholeDigest = wholeDigest ?? { "" }
    let owners = TensorDigests.owners(
      tensors.map(\.values.count), among: communicator.size, isRootBusy: wholeDigest != nil)
    let own = zip(tensors, owners).filter { $0.1 == communicator.rank }.map(\.0)
    // What takes long first.
    jobs =
      (wholeDigest != nil && communicator.rank == 0 ? [.whole] : [])
      + own.sorted { $0.values.count > $1.values.count }.map { .tensor($0) }
  }

  /// Computes this rank's part, and runs `other` on one of the threads. Local.
  public func compute(beside other: () -> Void = {}) {
    let found = Mutex<[String: String]>([:])
    let (jobs, wholeDigest) = (jobs, wholeDigest)
    @Sendable func run(_ index: Int) {
      let (name, digest) =
        switch jobs[index] {
        case .whole: ("", wholeDigest())
        case .tensor(let tensor): (tensor.name, TensorDigests.of(tensor))
        }
      found.withLock { $0[name] = digest }
    }
    withoutActuallyEscaping(other) { other in
      pool.forEach(jobs.count + 1, Loop(other: other, job: run))
    }
    self.found = found.withLock { $0 }
  }

  /// Its first iteration is something else, which is run once while the caller waits.
  private struct Loop: LoopBody, @unchecked Sendable {
    let other: () -> Void
    let job: @Sendable (Int) -> Void

    func callAsFunction(_ index: Int, _ thread: Int) {
      if index == 0 { other() } else { job(index - 1) }
    }
  }

  /// What all ranks have computed. Collective.
  public func share() throws -> TensorDigests {
    let own = found.map { "\($0.key) \($0.value)" }.joined(separator: "\n")
    var all: [String: String] = [:]
    for line in try communicator.gather(own).flatMap({ $0.split(separator: "\n") }) {
      // Names may hold spaces, digests do not.
      guard let space = line.lastIndex(of: " ") else { continue }
      all[String(line[..<space])] = String(line[line.index(after: space)...])
    }
    return TensorDigests(state: all.removeValue(forKey: "") ?? "", tensors: all)
  }
}
