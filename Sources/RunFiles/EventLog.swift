// log.jsonl: what happened in a run, one JSON object a line.

import Files
import Glibc
import Host

/// log.jsonl of a run folder; written on rank 0 only.
package struct EventLog {
  package let path: String

  /// Takes up the file, or begins one. A line that was cut off is dropped, so that the next stands alone.
  package init(path: String) throws(FileError) {
    self.path = path
    guard let bytes = try WholeFile.bytes(path, advice: RunFolder.advice) else { return }
    let wholeCount = bytes.lastIndex(of: Self.lineFeed).map { $0 + 1 } ?? 0
    if wholeCount < bytes.count {
      try WholeFile.replace(path, with: Array(bytes[..<wholeCount]), advice: RunFolder.advice)
    }
  }

  /// Writes what happened behind step `step`.
  package func record(_ event: RunEvent, step: Int) throws(FileError) {
    var entry = Entry()
    entry.event = event
    entry.name = event.name
    entry.time = WallClock.seconds
    entry.step = step
    try WholeFile.append("\(entry.json)\n", to: path, advice: RunFolder.advice)
  }

  /// Returns when all events are on the disk.
  package func sync() throws(FileError) { try Disk.sync(path, advice: RunFolder.advice) }

  /// A line.
  package struct Entry: Sendable {
    /// Nil where this version of the program knows no event of this name.
    package var event: RunEvent?
    package var name = ""
    /// Seconds since 1970.
    package var time: Double?
    package var step: Int?
    package init() {}
  }

  /// What could be read of a file.
  package struct Content: Sendable {
    package var entries: [Entry] = []
    package var endsWithinALine = false
    /// Lines that are no events.
    package var unreadLines = 0
  }

  /// The events of a file, which may be growing meanwhile; nil where there is none.
  package static func read(_ path: String) throws(FileError) -> Content? {
    guard let bytes = try WholeFile.bytes(path) else { return nil }
    var content = Content()
    var lines = bytes.split(separator: lineFeed)
    if let last = bytes.last, last != lineFeed {
      content.endsWithinALine = true
      lines.removeLast()
    }
    for line in lines {
      let text = String(decoding: line, as: UTF8.self)
      if let entry = JSONValue(parsing: text).flatMap(Entry.init(json:)) {
        content.entries.append(entry)
      } else {
        content.unreadLines += 1
      }
    }
    return content
  }

  private static let lineFeed = UInt8(ascii: "\n")
}

extension EventLog.Entry: JSONRecord {
  package static var fields: [JSONField<Self>] {
    [JSONField("event", \.name), JSONField("time", \.time), JSONField("step", \.step)]
  }

  package var json: JSONValue { .object(members + (event?.members ?? [])) }

  package init?(json: JSONValue) {
    guard case .object = json else { return nil }
    self.init()
    for field in Self.fields { field.read(json, into: &self) }
    guard !name.isEmpty else { return nil }
    event = RunEvent(name: name, json: json)
  }
}
