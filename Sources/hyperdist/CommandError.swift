// The error of commands that ran and cannot end well.

import Host

/// A command did its work and found something wrong.
struct CommandError: UserFacingError {
  let description: String
}
