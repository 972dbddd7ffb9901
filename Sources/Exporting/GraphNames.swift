// Names that are given once.

/// The names of a model: those of a graph within a graph differ from all of the outer one.
final class GraphNames {
  private var taken: Set<String> = []

  /// `name`, or with the first number behind it that makes a name nobody has.
  func claim(_ name: String) -> String {
    let free =
      taken.contains(name)
      ? (2...).lazy.map { "\(name)_\($0)" }.first { !self.taken.contains($0) }! : name
    taken.insert(free)
    return free
  }
}
