// The choice between the messages that bring sums over shards to all ranks.

/// How ranks exchange the sums of their shards. No choice changes a bit.
public enum CollectivePattern: String, Sendable, Equatable, CaseIterable {
  /// Along the tree where the ranks' shards are nodes of one of its levels, and else all to all.
  case auto
  /// A message to one other rank at each level of the ``ReductionTree``.
  case tree
  /// A message to every other rank.
  case alltoall
}
