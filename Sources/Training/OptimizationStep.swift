// What the loop asks of a step, whatever it trains.

import Host

/// One step after the other, with a clock.
package protocol OptimizationStep: AnyObject {
  var clock: PhaseClock { get }
  /// All that the training goes on from.
  var state: TrainingState { get }
  /// Makes step `step`, from 1 on. Collective.
  func run(_ step: Int, measure: Bool, requests: StepRequests) throws -> StepReport
  /// Brings the state to all ranks, where they do not all have it after a step: before it is saved or measured. Collective.
  func share() throws
}

extension OptimizationStep {
  package func share() throws {}
}
