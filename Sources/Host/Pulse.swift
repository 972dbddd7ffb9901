// How far the main thread of a run has come, for a thread that watches it.

import Synchronization

/// Marks of progress that the main thread leaves and another thread reads. Costs a few stores a mark.
public final class Pulse: Sendable {
  private let currentStep = Atomic<Int>(0)
  private let currentStage = Atomic<Int>(0)
  private let passedMarks = Atomic<Int>(0)
  private let signsOfLife = Atomic<Int>(0)

  public init() {}

  /// Marks the beginning of a stage. All ranks pass the same stages in the same order.
  public func enter(_ stage: Stage, step: Int) {
    currentStep.store(step, ordering: .relaxed)
    currentStage.store(stage.rawValue, ordering: .relaxed)
    mark()
  }

  /// Runs `body` as a stage, whose beginning and end are marked.
  public func during<Result, Failure: Error>(
    _ stage: Stage, step: Int, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    enter(stage, step: step)
    defer { mark() }
    return try body()
  }

  /// Marks a place that all ranks pass in the same order. The main thread only.
  public func mark() {
    passedMarks.wrappingAdd(1, ordering: .relaxed)
    beat()
  }

  /// A sign of life within a long stage; from any thread, any number of times.
  public func beat() { signsOfLife.wrappingAdd(1, ordering: .relaxed) }

  public var step: Int { currentStep.load(ordering: .relaxed) }
  public var stage: Stage { Stage(rawValue: currentStage.load(ordering: .relaxed)) ?? .start }
  /// Marks passed: of two ranks, the one with fewer is behind.
  public var marks: Int { passedMarks.load(ordering: .relaxed) }
  /// Changes with every sign of life.
  public var beats: Int { signsOfLife.load(ordering: .relaxed) }
}
