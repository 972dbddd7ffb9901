// A team's work done by one thread, and what its members would take.

/// Plays all members of a ``Team`` on one thread and adds up what they would take together.
///
/// Each iteration of a loop is timed and given to the member that is free first. Iterations are handed out one after the other, `handOut` seconds apart at
/// the least, as is the word of each member that it found no more and that it is done; a loop takes as long as its last member. What members do to
/// each other in caches and memory is not seen.
public final class TeamRehearsal: @unchecked Sendable {
  /// Members.
  public let size: Int
  /// Seconds between two threads that take from one counter.
  public let handOut: Double
  /// Loops since ``reset()``.
  public private(set) var loopCount = 0
  /// Seconds that this thread spent in them, and that the members would.
  public private(set) var alone = 0.0
  public private(set) var together = 0.0

  /// Seconds since the loop's beginning at which each member is free.
  private var free: [Double]
  private let clock: () -> Double

  public convenience init(size: Int, handOut: Double) {
    self.init(size: size, handOut: handOut, clock: monotonicSeconds)
  }

  init(size: Int, handOut: Double, clock: @escaping () -> Double) {
    precondition(size > 0 && handOut >= 0, "TeamRehearsal: \(size) members, \(handOut) s")
    self.clock = clock
    self.size = size
    self.handOut = handOut
    free = Array(repeating: 0, count: size)
  }

  /// Forgets the loops so far.
  public func reset() { (loopCount, alone, together) = (0, 0, 0) }

  func run(_ loop: RunningLoop) {
    for member in free.indices { free[member] = 0 }
    let begin = clock()
    var last = begin
    for index in 0..<loop.count {
      let member = free.indices.min { free[$0] < free[$1] }!
      loop(index, member)
      let now = clock()
      free[member] = max(free[member], Double(index) * handOut) + now - last
      last = now
    }
    loopCount += 1
    alone += last - begin
    together +=
      max(free.max()!, Double(loop.count + size) * handOut) + Double(size) * handOut
  }
}
