// The ending with exit status 3.

import Host

/// Training ended early, after saving, because a signal asked for it.
struct StoppedOnSignal: Error {
  let exitStatus = ExitStatus.stopped
}
