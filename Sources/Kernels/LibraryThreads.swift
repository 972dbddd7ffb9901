// How many threads oneDNN's calls may use.

import CDNNL

/// oneDNN's own thread team is kept to one: parallelism lies over samples and shards, outside.
public enum LibraryThreads {
  /// Makes oneDNN calls of the current thread use that thread alone. Call once on each thread.
  public static func useOne() { omp_set_num_threads(1) }
}
