// All that a checkpoint holds of a training, by name.

import Checkpointing
import Hypernetworks
import Numerics
import Optimizers
import ToyProblem
import TrainedModels

/// Parameters, running averages, optimizer moments and the parameters' average under the names of docs/interface.md.
package enum TrainingState {
  /// Views of all training state. Writing through them changes the training.
  package static func tensors(
    _ parameters: HypernetworkParameters, _ optimizer: Adam, _ average: ParameterAverage?
  ) -> [CheckpointTensor] {
    ModelTensors.of(parameters, .last) + moments(parameters.layout.parameters, optimizer)
      + (average.map { ModelTensors.of($0.parameters, .average) } ?? [])
  }

  /// The same of the toy problem's curve.
  package static func tensors(_ curve: ToyCurve, _ parameters: FloatView, _ optimizer: Adam)
    -> [CheckpointTensor]
  {
    ModelTensors.of(curve, parameters) + moments(curve.layout, optimizer)
  }

  private static func moments(_ layout: ParameterLayout, _ optimizer: Adam) -> [CheckpointTensor] {
    ModelTensors.named("optimizer/m", layout, optimizer.firstMoment)
      + ModelTensors.named("optimizer/v", layout, optimizer.secondMoment)
  }
}
