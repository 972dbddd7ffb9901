// A configuration as a table.

extension Configuration {
  /// Every setting's full key, such as `objective.entropy.metric`, and its value on one line, in the order of the
  /// configuration's text.
  public var settings: [(key: String, value: String)] {
    Setting.all.map { ($0.key, $0.text(self)) }
  }
}
