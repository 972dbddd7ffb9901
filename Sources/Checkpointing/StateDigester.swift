// Digests of a state on their way into a checkpoint.

import Collectives
import Host
import Numerics
import Synchronization

/// Computes the digests of what every rank has alike, when there is time: rank 0, on a thread of its own.
public final class StateDigester {
  private let digests: @Sendable () -> TensorDigests
  let pool: WorkerPool
  private let communicator: Communicator
  private var found = TensorDigests()

  /// `pool` is for what is done beside.
  public init(
    step: Int, seed: UInt64, shardCount: Int, tensors: [CheckpointTensor], pool: WorkerPool?,
    communicator: Communicator
  ) {
    self.pool = pool ?? WorkerPool(threadCount: 1)
    self.communicator = communicator
    digests = {
      StateDigest.digests(step: step, seed: seed, shardCount: shardCount, tensors: tensors)
    }
  }

  /// Local.
  public func compute() { compute(beside: {}) }

  /// Computes, and runs `other` meanwhile on the calling thread. Local.
  func compute(beside other: () throws -> Void) rethrows {
    guard communicator.rank == 0 else { return try other() }
    let (slot, digests) = (Slot(), digests)
    try pool.run({ slot.found.withLock { $0 = digests() } }, beside: other)
    found = slot.found.withLock { $0 }
  }

  /// What rank 0 has computed. Collective.
  public func share() throws -> TensorDigests {
    TensorDigests(text: try communicator.broadcast(found.text, from: 0))
  }

  private final class Slot: Sendable {
    let found = Mutex(TensorDigests())
  }
}
