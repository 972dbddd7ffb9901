// The configuration that a checkpoint carries.

import Checkpointing
import Configurations
import Host

extension CheckpointHeader {
  /// The configuration of a checkpoint, which another version of the program may have written.
  package func parsedConfiguration(of path: String) throws -> Configuration {
    let writer = programVersion == ProgramVersion.current ? "" : " of hyperdist \(programVersion)"
    return try Configuration.parse(
      yaml: configuration, source: "\(path), attribute config\(writer)")
  }
}
