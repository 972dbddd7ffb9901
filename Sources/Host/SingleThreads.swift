// A loop of teams without teams.

/// Iterations that a thread each runs.
struct SingleThreads<Body: TeamLoopBody>: LoopBody {
  let body: Body
  func callAsFunction(_ index: Int, _ thread: Int) { body(index, thread, .alone) }
}
