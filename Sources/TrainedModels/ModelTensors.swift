// What a checkpoint holds of a model, by name.

import Checkpointing
import Hypernetworks
import Numerics
import ToyProblem

/// Parameters and running averages under the names of docs/interface.md.
package enum ModelTensors {
  /// What is needed to generate networks: parameters and running averages.
  package static func of(_ parameters: HypernetworkParameters, _ kind: ParameterKind)
    -> [CheckpointTensor]
  {
    let layout = parameters.layout
    let prefix = kind == .last ? "hypernetwork" : "average"
    return named(prefix, layout.parameters, parameters.values)
      + named(prefix, layout.statistics, parameters.statistics)
  }

  /// The curve of the toy problem.
  package static func of(_ curve: ToyCurve, _ parameters: FloatView) -> [CheckpointTensor] {
    named("hypernetwork", curve.layout, parameters)
  }

  /// One tensor an entry of `layout`, named `prefix`/entry: views of `values`.
  package static func named(_ prefix: String, _ layout: ParameterLayout, _ values: FloatView)
    -> [CheckpointTensor]
  {
    layout.entries.map {
      CheckpointTensor(
        name: "\(prefix)/\($0.name)", shape: $0.shape, values: values.slice($0.range))
    }
  }
}
