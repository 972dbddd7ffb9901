// What ranks did in some steps, for timeline viewers.

import Collectives
import Files
import Host

/// Phases and messages as events of Chrome's trace format (Perfetto, chrome://tracing): a process a rank, a row for its phases, one for its calls of MPI, and
/// messages under way.
public enum StepTimeline {
  /// One rank's events, separated by commas; times from `start` on.
  public static func events(
    rank: Int, host: String, phases: [PhaseLog.Entry], messages: [MessageRecorder.Interval],
    start: Double
  ) -> String {
    func time(_ seconds: Double) -> JSONValue {
      .number((1e9 * (seconds - start)).rounded() / 1e3)
    }
    func event(_ name: String, _ kind: String, _ row: Int, _ members: [(String, JSONValue)])
      -> JSONValue
    {
      .object(
        [
          ("name", .string(name)), ("ph", .string(kind)), ("pid", .integer(rank)),
          ("tid", .integer(row)),
        ] + members)
    }
    var events = [
      event(
        "process_name", "M", 0, [("args", .object([("name", .string("rank \(rank), \(host)"))]))]),
      event("thread_name", "M", 0, [("args", .object([("name", .string("phases"))]))]),
      event("thread_name", "M", 1, [("args", .object([("name", .string("MPI"))]))]),
    ]
    for (entry, next) in zip(phases, phases.dropFirst()) {
      guard let phase = entry.phase else { continue }
      events.append(
        event(
          "\(phase)", "X", 0,
          [
            ("ts", time(entry.time)),
            ("dur", .number((1e9 * (next.time - entry.time)).rounded() / 1e3)),
          ]))
    }
    for (number, interval) in messages.enumerated() {
      let bytes = ("args", JSONValue.object([("bytes", .integer(interval.bytes))]))
      guard interval.isUnderWay else {
        events.append(
          event(
            interval.name, "X", 1,
            [
              ("ts", time(interval.begin)),
              ("dur", .number((1e9 * (interval.end - interval.begin)).rounded() / 1e3)), bytes,
            ]))
        continue
      }
      let identity = [
        ("cat", JSONValue.string("messages")), ("id", .string("\(rank).\(number)")),
      ]
      events.append(
        event(interval.name, "b", 1, identity + [("ts", time(interval.begin)), bytes]))
      events.append(event(interval.name, "e", 1, identity + [("ts", time(interval.end))]))
    }
    return events.map(\.description).joined(separator: ",\n")
  }

  public static func text(ofRanks events: [String]) -> String {
    "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n" + events.joined(separator: ",\n")
      + "\n]}\n"
  }
}
