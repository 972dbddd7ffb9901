// All that a checkpoint holds of a training, by name.

import Checkpointing
import Hypernetworks
import Numerics
import Optimizers
import ToyProblem
import TrainedModels

/// Parameters, running averages, optimizer moments and the parameters' average under the names of docs/interface.md.
///
/// Where each rank has the moments of the parameters that it updates alone, they are brought together in memory of their own while they are read or
/// written: files do not tell how a training was divided.
package struct TrainingState {
  /// What every rank has all of.
  private let whole: [CheckpointTensor]
  private let divided: DividedMoments?

  /// Of what every rank has all of.
  package init(_ tensors: [CheckpointTensor]) {
    whole = tensors
    divided = nil
  }

  /// Of a hypernetwork whose moments every rank has its part of. `gather` brings what each rank owns of a vector of one number a parameter to all.
  init(
    _ parameters: HypernetworkParameters, _ optimizer: Adam, _ average: ParameterAverage?,
    gather: @escaping (FloatView) throws -> Void
  ) {
    let layout = parameters.layout.parameters
    let isDivided = optimizer.ranges != [0..<layout.count]
    whole =
      Self.tensors(parameters, average) + (isDivided ? [] : Self.moments(layout, optimizer))
    divided =
      isDivided ? DividedMoments(optimizer: optimizer, layout: layout, gather: gather) : nil
  }

  /// Calls `body` with views of all state, the same on every rank, which it reads. Collective.
  package func read<Result>(_ body: ([CheckpointTensor]) throws -> Result) throws -> Result {
    guard let divided else { return try body(whole) }
    return try divided.read { try body(whole + $0) }
  }

  /// Calls `body` with views of all state, which it may overwrite by the same on every rank. Local.
  package func overwrite<Result>(_ body: ([CheckpointTensor]) throws -> Result) throws -> Result {
    guard let divided else { return try body(whole) }
    return try divided.overwrite { try body(whole + $0) }
  }

  /// Views of all training state where a rank has all of it. Writing through them changes the training.
  package static func tensors(
    _ parameters: HypernetworkParameters, _ optimizer: Adam, _ average: ParameterAverage?
  ) -> [CheckpointTensor] {
    tensors(parameters, average) + moments(parameters.layout.parameters, optimizer)
  }

  /// The same of the toy problem's curve.
  package static func tensors(_ curve: ToyCurve, _ parameters: FloatView, _ optimizer: Adam)
    -> [CheckpointTensor]
  {
    ModelTensors.of(curve, parameters) + moments(curve.layout, optimizer)
  }

  private static func tensors(
    _ parameters: HypernetworkParameters, _ average: ParameterAverage?
  ) -> [CheckpointTensor] {
    ModelTensors.of(parameters, .last)
      + (average.map { ModelTensors.of($0.parameters, .average) } ?? [])
  }

  private static func moments(_ layout: ParameterLayout, _ optimizer: Adam) -> [CheckpointTensor] {
    moments(layout, first: optimizer.firstMoment, second: optimizer.secondMoment)
  }

  /// Of one number a parameter each.
  fileprivate static func moments(_ layout: ParameterLayout, first: FloatView, second: FloatView)
    -> [CheckpointTensor]
  {
    ModelTensors.named("optimizer/m", layout, first)
      + ModelTensors.named("optimizer/v", layout, second)
  }
}

/// Moments of which each rank has those of the parameters that it updates.
private struct DividedMoments {
  let optimizer: Adam
  let layout: ParameterLayout
  let gather: (FloatView) throws -> Void

  func read<Result>(_ body: ([CheckpointTensor]) throws -> Result) throws -> Result {
    try withAll { first, second in
      try gather(first)
      try gather(second)
      return try body(TrainingState.moments(layout, first: first, second: second))
    }
  }

  func overwrite<Result>(_ body: ([CheckpointTensor]) throws -> Result) throws -> Result {
    try withAll { first, second in
      let result = try body(TrainingState.moments(layout, first: first, second: second))
      forEachRun { own, all in
        optimizer.firstMoment.slice(own).copy(from: first.slice(all))
        optimizer.secondMoment.slice(own).copy(from: second.slice(all))
      }
      return result
    }
  }

  /// Room for all moments, this rank's in their places.
  private func withAll<Result>(_ body: (FloatView, FloatView) throws -> Result) rethrows -> Result {
    let (first, second) = (
      SharedBuffer<Float>(count: layout.count), SharedBuffer<Float>(count: layout.count)
    )
    return try withExtendedLifetime((first, second)) {
      forEachRun { own, all in
        first.view.slice(all).copy(from: optimizer.firstMoment.slice(own))
        second.view.slice(all).copy(from: optimizer.secondMoment.slice(own))
      }
      return try body(first.view, second.view)
    }
  }

  /// Where each run of parameters that this rank updates lies among its own and among all.
  private func forEachRun(_ body: (_ own: Range<Int>, _ all: Range<Int>) -> Void) {
    var start = 0
    for range in optimizer.ranges {
      body(start..<start + range.count, range)
      start += range.count
    }
  }
}
