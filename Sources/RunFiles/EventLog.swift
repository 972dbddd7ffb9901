// log.jsonl: what happened in a run, one JSON object a line.

import Files
import Glibc

/// Events: start, resume, skip, checkpoint, validation, signal, stop. On rank 0 only.
package struct EventLog {
  package let path: String

  package init(path: String) { self.path = path }

  package func record(_ event: String, step: Int, _ members: [(String, JSONValue)] = [])
    throws(FileError)
  {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let time = Double(now.tv_sec) + Double(now.tv_nsec / 1_000_000) / 1000
    let line = JSONValue.object(
      [("event", .string(event)), ("time", .number(time)), ("step", .integer(step))] + members)
    try WholeFile.append("\(line)\n", to: path)
  }
}
