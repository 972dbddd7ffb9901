// The choice between equal bits and the library's own sums.

/// In which order numbers of different ranks are added.
public enum Reduction: String, Sendable, Equatable, CaseIterable {
  /// Along one fixed tree over the shards: the same bits at any rank count.
  case reproducible
  /// As `MPI_Allreduce` does: the bits depend on the rank count and the MPI library.
  case fast
}
