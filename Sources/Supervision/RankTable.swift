// The judgement over ranks, apart from how they are heard of.

/// What is known of some ranks, and who among them holds up the others.
///
/// Time is counted in the watching thread's own waking time: a job that was stopped as a whole, or a
/// machine that slept, is not stalled.
package struct RankTable {
  private struct Entry {
    var last = Heartbeat()
    /// Seconds since it was heard of.
    var silentSeconds = 0.0
    var hasLeft = false
    /// Its connection ended without a word.
    var isLost = false
  }

  let limit: Double
  /// How long a lost rank has to be ended, with all others, by whoever started it.
  private let lostSeconds: Double
  /// Host of each rank.
  let hosts: [String]
  private var entries: [Int: Entry]

  /// Watches `ranks`; `limit` is the seconds without progress that are borne.
  package init(limit: Double, ranks: Range<Int>, hosts: [String], lostSeconds: Double = 5) {
    self.limit = limit
    self.lostSeconds = lostSeconds
    self.hosts = hosts
    entries = Dictionary(uniqueKeysWithValues: ranks.map { ($0, Entry()) })
  }

  /// Lets time pass.
  package mutating func wait(_ seconds: Double) {
    for rank in entries.keys { entries[rank]!.silentSeconds += seconds }
  }

  package mutating func hear(_ heartbeat: Heartbeat) {
    guard entries[heartbeat.rank] != nil else { return }
    if heartbeat.kind == .leaving {
      entries[heartbeat.rank]!.hasLeft = true
    } else {
      entries[heartbeat.rank]!.last = heartbeat
      entries[heartbeat.rank]!.silentSeconds = 0
    }
  }

  package mutating func lose(_ rank: Int) {
    guard let entry = entries[rank], !entry.isLost else { return }
    entries[rank]!.isLost = true
    entries[rank]!.silentSeconds = 0
  }

  /// Whether all ranks but one have said that they are done.
  package func haveLeft(besides own: Int) -> Bool {
    entries.allSatisfy { $0.key == own || $0.value.hasLeft }
  }

  /// From here on the time is counted until ranks end.
  package mutating func awaitEnds() {
    for rank in entries.keys { entries[rank]!.silentSeconds = 0 }
  }

  /// The line that ends the run where a rank's process does not end.
  package func lingering(besides own: Int) -> String? {
    let late = entries.filter {
      $0.key != own && !$0.value.isLost && $0.value.silentSeconds > limit
    }
    return late.min { $0.key < $1.key }.map { rank, entry in
      "\(name(rank)) has done its work, but does not end for \(Int(entry.silentSeconds)) s"
    }
  }

  /// The line that ends the run, if it must end: who is gone, silent or behind.
  ///
  /// Whoever waits for another rank has passed more marks than it. So the ranks with the fewest are
  /// those waited for, and only their time counts.
  package func verdict() -> String? {
    let watched = entries.filter { !$0.value.hasLeft }.sorted { $0.key < $1.key }
    if let (rank, entry) = watched.first(where: {
      $0.value.isLost && $0.value.silentSeconds > lostSeconds
    }) {
      return "\(name(rank)) ended without a word\(place(entry.last))"
    }
    if let (rank, entry) = watched.first(where: {
      !$0.value.isLost && $0.value.silentSeconds > limit
    }) {
      return line(name(rank), entry.last.idleSeconds + entry.silentSeconds, entry.last)
    }
    // Ranks other than 0 see rank 0 alone, not whom it waits for.
    guard entries.count > 1, let fewest = watched.map(\.value.last.marks).min() else { return nil }
    let behind = watched.filter { $0.value.last.marks == fewest }
    let idle = behind.map { $0.value.last.idleSeconds + $0.value.silentSeconds }.min()!
    if idle <= limit || behind.contains(where: { $0.value.isLost }) { return nil }
    let names = behind.map { name($0.key) }.joined(separator: " and ")
    return line(
      behind.count > 1 && behind.count == watched.count ? "every rank" : names, idle,
      behind[0].value.last)
  }

  private func name(_ rank: Int) -> String { "rank \(rank) on \(hosts[rank])" }

  /// Where a rank is whose progress is known.
  private func place(_ heartbeat: Heartbeat) -> String {
    if heartbeat.stage == .end, heartbeat.step == 0 { return ": at the end" }
    return heartbeat.marks > 0 || heartbeat.step > 0
      ? ": step \(heartbeat.step), phase \(heartbeat.stage)" : ""
  }

  private func line(_ who: String, _ seconds: Double, _ last: Heartbeat) -> String {
    "\(who) made no progress for \(Int(seconds)) s\(place(last))"
  }
}
