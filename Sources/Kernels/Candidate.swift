// A way to compute something that can be computed in several.

/// One way to do a task: what it is called, when it can be taken, how it is made.
struct Candidate<Task, Made>: Sendable {
  let name: String
  /// When it applies, in words.
  let condition: String
  let applies: @Sendable (Task) throws(KernelError) -> Bool
  let make: @Sendable (Task) throws(KernelError) -> Made
}
