// What a report is made from.

import Files
import RunFiles

extension RunFolder {
  /// The files that a report of this run reads, or whose loss would hurt it.
  public var inputs: [String] {
    [configuration, metrics, log]
      + [checkpoints, figures].flatMap { folder in
        Folder.names(in: folder).map { "\(folder)/\($0)" }
      }
  }
}
