// What a loop over planes runs.

/// What is done to one image's block of sixteen channels.
protocol PlaneWork: Sendable {
  func callAsFunction(_ image: Int, _ block: Int)
}
