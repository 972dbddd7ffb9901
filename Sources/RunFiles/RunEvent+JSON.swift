// How events are written and read: each name and each member once.

import Files

extension RunEvent {
  private enum Kind: String {
    case start, resume, skip, checkpoint, validation, signal, stop, warning
  }

  private var content: (kind: Kind, record: any JSONRecord) {
    switch self {
    case .start(let session): (.start, session)
    case .resume(let session): (.resume, session)
    case .skip(let skip): (.skip, skip)
    case .checkpoint(let checkpoint): (.checkpoint, checkpoint)
    case .validation(let validation): (.validation, validation)
    case .signal(let signal): (.signal, signal)
    case .stop(let stop): (.stop, stop)
    case .warning(let warning): (.warning, warning)
    }
  }

  /// The event's name.
  var name: String { content.kind.rawValue }

  var members: [(String, JSONValue)] { content.record.members }

  /// Nil where there is no event of this name.
  init?(name: String, json: JSONValue) {
    guard let kind = Kind(rawValue: name) else { return nil }
    func record<Record: JSONRecord>(_ make: (Record) -> RunEvent) -> RunEvent? {
      Record(json: json).map(make)
    }
    let event =
      switch kind {
      case .start: record(RunEvent.start)
      case .resume: record(RunEvent.resume)
      case .skip: record(RunEvent.skip)
      case .checkpoint: record(RunEvent.checkpoint)
      case .validation: record(RunEvent.validation)
      case .signal: record(RunEvent.signal)
      case .stop: record(RunEvent.stop)
      case .warning: record(RunEvent.warning)
      }
    guard let event else { return nil }
    self = event
  }
}

extension RunEvent.Session: JSONRecord {
  package static var fields: [JSONField<Self>] {
    [
      JSONField("program_version", \.programVersion), JSONField("seed", \.seed),
      JSONField("ranks", \.ranks), JSONField("threads", \.threads),
      JSONField("reduction", \.reduction), JSONField("data", \.data),
      JSONField("command", \.command), JSONField("machine", \.machine),
      JSONField("warning", \.warning), JSONField("checkpoint", \.checkpoint),
    ]
  }
}

extension RunEvent.Skip: JSONRecord {
  package static var fields: [JSONField<Self>] {
    [
      JSONField("what", \.what), JSONField("sample", \.sample), JSONField("rank", \.rank),
      JSONField("in_a_row", \.inARow),
    ]
  }
}

extension RunEvent.Checkpoint: JSONRecord {
  package static var fields: [JSONField<Self>] {
    [JSONField("path", \.path), JSONField("best", \.isBest)]
  }
}

extension RunEvent.Validation: JSONRecord {
  package static var fields: [JSONField<Self>] { [JSONField("result", \.result)] }
}

extension RunEvent.Signal: JSONRecord {
  package static var fields: [JSONField<Self>] { [JSONField("signal", \.name)] }
}

extension RunEvent.Stop: JSONRecord {
  package static var fields: [JSONField<Self>] {
    [JSONField("reason", \.reason), JSONField("seconds", \.seconds)]
  }
}

extension RunEvent.Warning: JSONRecord {
  package static var fields: [JSONField<Self>] { [JSONField("text", \.text)] }
}
