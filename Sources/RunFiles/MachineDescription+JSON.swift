// The machine, as a session of a run tells it.

import Files
import Host

extension MachineDescription: JSONRecord {
  package static var fields: [JSONField<MachineDescription>] {
    [
      JSONField("host", \.host), JSONField("processor", \.processor), JSONField("cores", \.cores),
      JSONField("system", \.system),
    ]
  }
}
