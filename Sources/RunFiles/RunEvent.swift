// What happens in a run, as log.jsonl tells it.

import Files
import Host

/// An event and what is told of it.
package enum RunEvent: Sendable {
  /// A session of a new run, or of one that is taken up.
  case start(Session)
  case resume(Session)
  case skip(Skip)
  case checkpoint(Checkpoint)
  case validation(Validation)
  case signal(Signal)
  case stop(Stop)
  case warning(Warning)

  package struct Session: Sendable {
    package var programVersion = ""
    package var seed: UInt64 = 0
    package var ranks = 1
    /// Of each rank.
    package var threads = 1
    package var reduction = ""
    /// Where the data lies.
    package var data = ""
    package var command: [String] = []
    package var machine = MachineDescription()
    /// What was said of ranks that share cores.
    package var warning: String?
    /// The checkpoint that was taken up.
    package var checkpoint: String?
    package init() {}
  }

  package struct Skip: Sendable {
    /// What was not finite.
    package var what = ""
    package var sample: Int?
    package var rank: Int?
    /// The how many-th skipped step in a row.
    package var inARow = 1
    package init() {}
  }

  package struct Checkpoint: Sendable {
    package var path = ""
    package var isBest = false
    package init() {}
  }

  package struct Validation: Sendable {
    package var result = JSONValue.null
    package init() {}
  }

  package struct Signal: Sendable {
    package var name = ""
    package init() {}
  }

  package struct Stop: Sendable {
    package enum Reason: String, Sendable, JSONConvertible {
      case done, signal
      case notFinite = "not finite"

      package var json: JSONValue { .string(rawValue) }
      package init?(json: JSONValue) {
        guard let reason = json.text.flatMap(Reason.init(rawValue:)) else { return nil }
        self = reason
      }
    }

    package var reason: Reason?
    /// Of training in this session.
    package var seconds: Double?
    package init() {}
  }

  package struct Warning: Sendable {
    package var text = ""
    package init() {}
  }
}
