// The error of commands whose options do not fit what they were given.

import Host

/// A command line that cannot be carried out on the checkpoint it names; found by all ranks alike.
struct BadRequest: UserFacingError {
  let description: String
  var exitStatus: ExitStatus { .badRequest }
}
