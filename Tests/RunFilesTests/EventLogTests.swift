// log.jsonl as it is written and read back.

import Files
import TestSupport
import Testing

@testable import RunFiles

@Suite struct EventLogTests {
  private let folder = TestFolder()
  private var path: String { "\(folder.path)/log.jsonl" }

  private func session() -> RunEvent.Session {
    var session = RunEvent.Session()
    session.programVersion = "1.2"
    session.seed = .max
    session.ranks = 3
    session.threads = 4
    session.reduction = "fast"
    session.data = "/a \"b\""
    session.command = ["hyperdist", "train"]
    session.machine.host = "node"
    session.machine.cores = 64
    session.warning = "ü"
    return session
  }

  private func events() -> [RunEvent] {
    var skip = RunEvent.Skip()
    (skip.what, skip.sample, skip.inARow) = ("the loss", 7, 2)
    var checkpoint = RunEvent.Checkpoint()
    (checkpoint.path, checkpoint.isBest) = ("a.h5", true)
    var validation = RunEvent.Validation()
    validation.result = .object([("nll", .number(0.5))])
    var signal = RunEvent.Signal()
    signal.name = "SIGTERM"
    var stop = RunEvent.Stop()
    (stop.reason, stop.seconds) = (.notFinite, 1.5)
    var warning = RunEvent.Warning()
    warning.text = "kept"
    return [
      .start(session()), .resume(RunEvent.Session()), .skip(skip), .checkpoint(checkpoint),
      .validation(validation), .signal(signal), .stop(stop), .warning(warning),
    ]
  }

  @Test func whatIsWrittenIsRead() throws {
    #expect(try EventLog.read(path) == nil)
    let log = try EventLog(path: path)
    let events = events()
    for (step, event) in events.enumerated() { try log.record(event, step: step) }
    let content = try #require(try EventLog.read(path))
    #expect(content.unreadLines == 0 && !content.endsWithinALine)
    #expect(content.entries.map(\.step) == Array(0..<events.count))
    #expect(content.entries.allSatisfy { ($0.time ?? 0) > 1.7e9 })
    for (entry, event) in zip(content.entries, events) {
      #expect(entry.name == event.name)
      // All members, in their order.
      #expect(
        "\(JSONValue.object(entry.event?.members ?? []))" == "\(JSONValue.object(event.members))")
    }
  }

  @Test func membersAreThoseOfTheInterface() throws {
    let log = try EventLog(path: path)
    try log.record(.start(session()), step: 0)
    let line = try #require(try WholeFile.text(path))
    let time = try #require(JSONValue(parsing: line)?["time"]?.number)
    #expect(
      line == """
        {"event": "start", "time": \(time), "step": 0, "program_version": "1.2", "seed": \
        18446744073709551615, "ranks": 3, "threads": 4, "reduction": "fast", "data": "/a \\"b\\"", \
        "command": ["hyperdist", "train"], "machine": {"host": "node", "processor": "", "cores": 64, \
        "system": ""}, "warning": "ü", "checkpoint": null}

        """)
  }

  /// A line that a crash cut off: the next session's begins a line of its own.
  @Test func aTornLineIsDropped() throws {
    let log = try EventLog(path: path)
    try log.record(.resume(session()), step: 3)
    for torn in ["{\"event\": \"che", "{", "\n{\"a\""] {
      try WholeFile.append(torn, to: path)
      #expect(try #require(try EventLog.read(path)).endsWithinALine)
      try EventLog(path: path).record(.resume(session()), step: 4)
    }
    let content = try #require(try EventLog.read(path))
    #expect(content.entries.map(\.step) == [3, 4, 4, 4])
    #expect(content.unreadLines == 0)
  }

  @Test func othersLinesAreCounted() throws {
    try WholeFile.replace(
      path,
      with: """
        {"event": "later", "step": 1e300, "time": "x"}
        []
        {"event": "stop", "reason": "else", "seconds": null}
        {"step": 1}
        nonsense

        """)
    let content = try #require(try EventLog.read(path))
    #expect(content.entries.map(\.name) == ["later", "stop"])
    #expect(content.unreadLines == 3)
    #expect(content.entries[0].event == nil && content.entries[0].step == nil)
    if case .stop(let stop) = content.entries[1].event {
      #expect(stop.reason == nil && stop.seconds == nil)
    } else {
      Issue.record("no stop")
    }
  }
}
