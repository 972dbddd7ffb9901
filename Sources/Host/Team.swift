// Threads that work on one iteration of a loop together.

/// The threads of a ``WorkerPool`` that share an iteration where there are fewer of these than threads. One of them runs the iteration
/// and is the lead; the others run its loops with it, and wait for the next one without sleeping.
public final class Team: @unchecked Sendable {
  /// A thread for itself.
  public static let alone = Team()

  /// Threads, the lead included. Set while none of them is in an iteration.
  public private(set) var size = 1
  /// Parts to cut work into: some a member, so that who is done early takes another, and no more than help, since handing one out takes time.
  @inlinable public var parts: Int { size == 1 ? 1 : max(size, min(4 * size, 32)) }

  @usableFromInline let loop = SharedLoop()
  private var first = 0
  private(set) var isDismissed = false
  @usableFromInline var maySpin = false
  /// The lead's, before it waits for the others.
  @usableFromInline var duty: MainThreadDuty?

  /// Plays the other members, if they are not there.
  private let rehearsal: TeamRehearsal?

  init() { rehearsal = nil }

  /// A team that one thread plays.
  public init(rehearsal: TeamRehearsal) {
    self.rehearsal = rehearsal
    size = rehearsal.size
  }

  func gather(_ size: Int, spinning maySpin: Bool) {
    precondition(self !== Self.alone, "Team: nobody joins who is alone")
    self.size = size
    self.maySpin = maySpin
    first = loop.generation
    isDismissed = false
  }

  // MARK: The lead

  /// Runs `body(index, member)` for every index in 0..<count on all members and returns when all are done. Of the lead alone;
  /// allocates nothing.
  ///
  /// Iterations are handed out one by one: a body may write only what belongs to its iteration, or to its member. Members mostly get the same run of
  /// all iterations in each loop, so parts of loops should lie in the same order, that of the images.
  @inlinable @inline(__always)
  public func forEach(_ count: Int, _ body: some LoopBody) {
    if size == 1 || count <= 1 {
      for index in 0..<count { body(index, 0) }
    } else {
      share(count, body)
    }
  }

  @inlinable
  func share(_ count: Int, _ body: some LoopBody) {
    withUnsafePointer(to: body) { place in
      let running = RunningLoop(body: place, count: count)
      if rehearse(running) { return }
      loop.begin(running, helpers: size - 1, hasHomes: true)
      while let index = loop.takeIndex() { body(index, 0) }
      loop.finish(spinning: maySpin, duty: duty)
    }
  }

  /// Whether one thread has played all members of the loop.
  @usableFromInline
  func rehearse(_ running: RunningLoop) -> Bool {
    rehearsal?.run(running)
    return rehearsal != nil
  }

  /// Lets the others go.
  func dismiss() {
    isDismissed = true
    loop.announce()
  }

  // MARK: The others

  /// Helps the lead until it dismisses the team; does `duty` before it waits for the next loop.
  func serve(as member: Int, duty: MainThreadDuty?) {
    var seen = first
    while true {
      duty?.attend()
      var looks = 0
      while loop.generation == seen { SharedLoop.wait(&looks, spinning: maySpin) }
      if isDismissed { return }
      seen &+= 1
      loop.help(as: member)
    }
  }
}

extension Range<Int> {
  /// One of `parts` runs of this one, whose lengths differ by at most one, in their order.
  @inlinable
  public func part(_ index: Int, of parts: Int) -> Range<Int> {
    lowerBound + index * count / parts..<lowerBound + (index + 1) * count / parts
  }
}
