// What a second training in a run folder is told.

import Host

/// A run folder is in use.
public struct RunLockError: UserFacingError {
  let folder: String
  /// Nil where the lock does not tell.
  let owner: RunOwner?
  /// Of a training whose lock was taken from it.
  let isLost: Bool

  init(folder: String, owner: RunOwner?, isLost: Bool = false) {
    (self.folder, self.owner, self.isLost) = (folder, owner, isLost)
  }

  public var description: String {
    let who = owner?.text ?? "another process"
    guard isLost else {
      return
        "\(folder): a training is going on in this run folder, of \(who); wait for its end, or give another "
        + "--run-dir"
    }
    return "\(folder): this run folder is no longer this training's: "
      + (owner == nil ? "its file .lock was removed" : "\(who) has taken it")
      + "; nothing more is written; one training at a time can use a --run-dir"
  }
}
