// What the tests of Checkpointing run on several ranks: saves and loads made-up states.

import Checkpointing
import Collectives
import Glibc
import Numerics

/// Tensors of a made-up state; `step` changes every value.
func state(step: Int) -> [CheckpointTensor] {
  let shapes: [(String, [Int])] = [
    ("hypernetwork/extractor/layer1/weight", [300, 300]),
    ("hypernetwork/extractor/norm1/scale", [300]),
    ("hypernetwork/generator1/layer1/weight", [2, 7]),
    ("hypernetwork/generator1/norm1/running_mean", [1]),
    ("optimizer/m/extractor/layer1/weight", [300, 300]),
  ]
  return shapes.enumerated().map { number, entry in
    let count = entry.1.reduce(1, *)
    // Lives as long as the process.
    let values = UnsafeMutablePointer<Float>.allocate(capacity: count)
    let view = FloatView(baseAddress: values, count: count)
    CounterRandom(seed: 1, purpose: .test, major: number, minor: step)
      .fillUniform(view, low: -1, high: 1)
    return CheckpointTensor(name: entry.0, shape: entry.1, values: view)
  }
}

func header(step: Int, _ tensors: [CheckpointTensor]) -> CheckpointHeader {
  CheckpointHeader(
    step: step, seed: 1 << 63 | 5, configuration: "training:\n  steps: 5  # größer\n",
    programVersion: "test",
    stateDigest: StateDigest.compute(
      step: step, seed: 1 << 63 | 5, shardCount: 8, tensors: tensors))
}

func digester(step: Int, _ tensors: [CheckpointTensor], _ communicator: Communicator)
  -> StateDigester
{
  StateDigester(
    step: step, seed: 1 << 63 | 5, shardCount: 8, tensors: tensors, pool: nil,
    communicator: communicator)
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
  print("usage: CheckpointingProbe save|save-limited|fail-midway|read PATH")
  exit(2)
}
let communicator = try Communicator.start()
var status: Int32 = 0
do {
  let path = arguments[2]
  switch arguments[1] {
  case "save":
    // Steps 1, 2, 3 ...; step 2 is the best.
    let folder = CheckpointFolder(directory: path, keep: 2)
    for step in 1...(arguments.count > 3 ? Int(arguments[3])! : 1) {
      let tensors = state(step: step)
      try folder.save(
        header(step: step, tensors), tensors: tensors,
        digests: digester(step: step, tensors, communicator), communicator: communicator,
        isBest: step == 2)
    }
  case "save-limited", "fail-midway":
    // Files of this process may have 200 KB, as on a disk that is full; no signal, an error.
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: 200_000, rlim_max: rlim_t.max)
    setrlimit(__rlimit_resource_t(1), &limit)
    let tensors = state(step: 9)
    try CheckpointFile.write(
      path, header: header(step: 9, tensors), tensors: tensors,
      digests: digester(step: 9, tensors, communicator), communicator: communicator,
      precautions: arguments[1] == "save-limited" ? .all : [.digests, .readingBack])
  case "read":
    let tensors = state(step: 0)
    let found = try CheckpointFile.readHeader(path)
    try CheckpointFile.read(path, header: found, shardCount: 8, tensors: tensors)
    let digest = StateDigest.compute(
      step: found.step, seed: found.seed, shardCount: 8, tensors: tensors)
    if communicator.rank == 0 { print("\(found.step) \(digest == found.stateDigest) \(digest)") }
  default:
    print("unknown mode \(arguments[1])")
    status = 2
  }
} catch {
  print("error: \(error)")
  status = 1
}
fflush(nil)
if status != 0 {
  // All ranks have printed their error before any is ended.
  try communicator.barrier()
  communicator.abort(status)
}
try communicator.finish()
