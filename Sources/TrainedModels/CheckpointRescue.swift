// What to use in a damaged checkpoint's place.

import Checkpointing
import Files

public enum CheckpointRescue {
  /// What `body` reads of the checkpoint `path`. Where that is damaged and lies among others of its run, the
  /// error names the newest of them whose content is what was saved. Local.
  public static func reading<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as CheckpointError where error.isDamage {
      guard let sound = newestSound(beside: path) else { throw error }
      throw CheckpointError(
        "\(error.description); the newest sound one there is \(sound)",
        isMetByAllRanks: error.isMetByAllRanks)
    }
  }

  private static func newestSound(beside path: String) -> String? {
    let folder = CheckpointFolder(directory: Folder.containing(path), keep: 0)
    return folder.steps().reversed().lazy.map(folder.path(step:)).first { other in
      (try? CheckpointSummary(checkpoint: other))?.isIntact == true
    }
  }
}
