// What a checkpoint holds of a baseline, by name.

import Baselines
import Checkpointing

/// The networks of a baseline, with their optimizers and what is kept of their iterates, under the names of docs/interface.md.
package enum MemberTensors {
  /// Views of all of it. Writing through them changes the training.
  package static func of(_ members: [Member]) -> [CheckpointTensor] {
    members.enumerated().flatMap { number, member in
      member.state.map {
        CheckpointTensor(
          name: "members/\(number)/\($0.name)", shape: [$0.values.count], values: $0.values)
      }
    }
  }
}
