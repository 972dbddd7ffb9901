// What a checkpoint holds of a baseline, by name.

import Baselines
import Checkpointing

/// The networks of a baseline, with their optimizers and what is kept of their iterates, under the names of docs/interface.md.
package enum MemberTensors {
  /// What a sample file holds of the distribution that its networks were drawn from, if it was one: what their latents are mapped by.
  package static func model(of members: [Member]) -> [CheckpointTensor] {
    guard members.count == 1, let member = members.first, let model = member.model else {
      return []
    }
    return model.layout.entries.filter { $0.offset < model.generatingCount }.map {
      CheckpointTensor(
        name: "model/\($0.name)", shape: $0.shape, values: member.weights.slice($0.range))
    }
  }

  /// Views of all of it. Writing through them changes the training.
  package static func of(_ members: [Member]) -> [CheckpointTensor] {
    members.enumerated().flatMap { number, member in
      let shapes = Dictionary(
        uniqueKeysWithValues: (member.model?.layout.entries ?? []).map {
          ("parameters/\($0.name)", $0.shape)
        })
      return member.state.map {
        CheckpointTensor(
          name: "members/\(number)/\($0.name)", shape: shapes[$0.name] ?? [$0.values.count],
          values: $0.values)
      }
    }
  }
}
