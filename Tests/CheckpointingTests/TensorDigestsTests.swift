// Digests of states and their tensors.

import Collectives
import Host
import Numerics
import TestSupport
import Testing

@testable import Checkpointing

@Suite struct TensorDigestsTests {
  /// By Python's hashlib, of the tensor hypernetwork/a/weight (3, 4) whose sixth number is `sixth`, each the one before and 1: what older files have.
  static func ownDigest(_ sixth: Float) throws -> String {
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

  /// A tensor's running digest is the state's up to its end.
  @Test func digestsArePythons() throws {
    let script =
      "import hashlib, struct\n" + """
        text = b"hyperdist state 1\\n" + struct.pack("<4Q", 1, 2, 3, 2)
        for name, shape in [(b"a b", [4]), (b"c", [3, 4])]:
            text += struct.pack("<Q", len(name)) + name
            count = 4 if len(shape) == 1 else 12
            text += struct.pack(f"<{1 + len(shape)}Q{count}f", len(shape), *shape, *[i + 0.25 for i in range(count)])
            print(hashlib.sha256(text).hexdigest())
        """
    let expected = try Python.output(of: script, []).split(separator: "\n").map(String.init)
    let values = SharedBuffer<Float>(count: 12)
    for index in 0..<12 { values.view[index] = Float(index) + 0.25 }
    let tensors = [
      CheckpointTensor(name: "c", shape: [3, 4], values: values.view),
      CheckpointTensor(name: "a b", shape: [4], values: values.view.slice(0, 4)),
    ]
    let digester = StateDigester(
      step: 1, seed: 2, shardCount: 3, tensors: tensors, pool: WorkerPool(threadCount: 2),
      communicator: try Communicator.start())
    var isRun = false
    digester.compute { isRun = true }
    #expect(isRun)
    let digests = try digester.share()
    #expect(digests.running == ["a b": expected[0], "c": expected[1]])
    #expect(digests.state == expected[1])
    #expect(
      digests.state
        == StateDigest.compute(step: 1, seed: 2, shardCount: 3, tensors: tensors))
    withExtendedLifetime(values) {}
  }

  /// The thread that computes has ended before an error leaves what it reads.
  @Test func errorsBesideAreThrown() throws {
    let values = SharedBuffer<Float>(count: 1 << 20)
    let digester = StateDigester(
      step: 1, seed: 2, shardCount: 3,
      tensors: [CheckpointTensor(name: "a", shape: [1 << 20], values: values.view)], pool: nil,
      communicator: try Communicator.start())
    #expect(throws: CheckpointError.self) {
      try digester.compute { throw CheckpointError("no room") }
    }
    withExtendedLifetime(values) {}
  }
}
