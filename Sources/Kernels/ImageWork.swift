// What a loop over images runs.

/// What is done to one image.
protocol ImageWork: Sendable {
  func callAsFunction(_ image: Int)
}
