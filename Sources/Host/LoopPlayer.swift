// What takes the place of a pool's threads.

/// Does what a ``WorkerPool``'s threads would do, or lets their time pass. Used by the main thread of a step only.
public protocol LoopPlayer: AnyObject, Sendable {
  var threadCount: Int { get }
  /// Whether a step takes what its clock says, and not the time that passes.
  var setsClock: Bool { get }

  /// Goes by the phases of a step.
  func follow(_ clock: PhaseClock)
  /// A first step has been run whole.
  func learn()

  /// In the place of loops as the pool's methods of these names describe them.
  func forEach(_ count: Int, _ body: some LoopBody)
  func forEachTeam(_ count: Int, _ body: some TeamLoopBody, attending duty: MainThreadDuty?)
  func forEachLed(_ count: Int, _ body: some TeamLoopBody, standingIn: (_ index: Int) -> Void)
}
