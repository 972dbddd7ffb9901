// The machine, as the first event of a run has it.

import Files
import Host

extension MachineDescription {
  package var json: JSONValue {
    .object([
      ("host", .string(host)), ("processor", .string(processor)), ("cores", .integer(cores)),
      ("system", .string(system)),
    ])
  }
}
