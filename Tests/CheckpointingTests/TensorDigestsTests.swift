// Digests of tensors, and which rank looks at which.

import Collectives
import Host
import Numerics
import TestSupport
import Testing

@testable import Checkpointing

@Suite struct TensorDigestsTests {
  /// By Python's hashlib, of the tensor hypernetwork/a/weight (3, 4) whose sixth number is 5.25, each the one before and 1.
  static func expected(_ sixth: Float) throws -> String {
    let script =
      "import hashlib, struct, sys\n" + """
        name = b"hypernetwork/a/weight"
        numbers = [float(sys.argv[1]) - 5 + i for i in range(12)]
        text = b"hyperdist tensor 1\\n" + struct.pack("<Q", len(name)) + name
        text += struct.pack("<3Q12f", 2, 3, 4, *numbers)
        print(hashlib.sha256(text).hexdigest())
        """
    return String(try Python.output(of: script, ["\(sixth)"]).prefix(64))
  }

  @Test func digestsArePythons() throws {
    let values = AlignedBuffer<Float>(count: 12)
    for index in 0..<12 { values[index] = Float(index) + 0.25 }
    let tensor = CheckpointTensor(
      name: "hypernetwork/a/weight", shape: [3, 4], values: values.view)
    let digester = StateDigester(
      step: 1, seed: 2, shardCount: 3, tensors: [tensor], pool: WorkerPool(threadCount: 2),
      communicator: try Communicator.start())
    digester.compute()
    let digests = try digester.share()
    #expect(digests.tensors == [tensor.name: try Self.expected(5.25)])
    #expect(
      digests.state
        == StateDigest.compute(step: 1, seed: 2, shardCount: 3, tensors: [tensor]))
    withExtendedLifetime(values) {}
  }

  /// All are owned, and none of two ranks waits long for the other.
  @Test func workIsDividedEvenly() {
    let sizes = [100, 7, 0, 60, 50, 40, 3]
    for ranks in 1...9 {
      let owners = TensorDigests.owners(sizes, among: ranks, isRootBusy: true)
      #expect(owners.allSatisfy { 0..<ranks ~= $0 })
      let ofRoot = zip(sizes, owners).filter { $0.1 == 0 && $0.0 > 0 }
      #expect(ranks == 1 || ofRoot.isEmpty, "rank 0 has the whole to do")
    }
    let owners = TensorDigests.owners(sizes, among: 2, isRootBusy: false)
    let first = zip(sizes, owners).filter { $0.1 == 0 }.reduce(0) { $0 + $1.0 }
    #expect(abs(2 * first - sizes.reduce(0, +)) <= 20)
  }
}
