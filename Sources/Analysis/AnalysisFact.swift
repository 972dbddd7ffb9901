// Whole numbers that tables are read by.

/// What figures need to know beside the tables: how many of each there are.
public enum AnalysisFact: Sendable {
  case networks, layers, components, filters
  /// Of a filter.
  case channels, rows, columns
}
