// What is known of a run before its first step.

import Configurations

/// How a run begins.
public struct TrainingStart: Sendable {
  public var runDirectory: String
  public var dataName: String
  public var dataLocation: String
  public var parameterCount: Int
  public var weightCount: Int
  public var rankCount: Int
  public var threadCount: Int
  /// The last step already made; 0 for a new run.
  public var resumedStep: Int
  public var resumedFrom: String?
  public var steps: Int
  /// Images of a step; points of the toy problem.
  public var imagesPerStep: Int
  public var problem: Configuration.Generates
  public var method: BaselineMethod
}
