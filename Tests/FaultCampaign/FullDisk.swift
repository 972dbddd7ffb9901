// A file system that is really full.

import Foundation

/// A small tmpfs of random size, which then gets room.
struct FullDisk: Experiment {
  let name = "full-disk"
  let fault = "a file system of random size that fills up"

  private static let hadRoom = "there was room"

  func isIdle(_ outcome: String) -> Bool { outcome == Self.hadRoom }

  func trials(complete: Bool, _ laboratory: Laboratory) -> Int { complete ? 40 : 3 }

  func run(_ trial: Trial, _ laboratory: Laboratory) throws -> String {
    let kilobytes = trial.number(180..<700)
    let disk = "\(trial.folder)/disk"
    try FileManager.default.createDirectory(
      atPath: disk, withIntermediateDirectories: true)
    guard mount("none", disk, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      return "skipped: this user may not mount"
    }
    defer { umount2(disk, Int32(MNT_DETACH)) }
    let run = TinyRun(directory: "\(disk)/run")
    let ended = try laboratory.run(run.train(), ranks: trial.number(1..<4))
    try check(ended, run, laboratory)
    // With room again it goes on.
    try require(
      mount("none", disk, "tmpfs", UInt(MS_REMOUNT), "size=20m") == 0, "remounting failed")
    _ = try laboratory.requireResumes(run, ranks: 2)
    return ended.status == 0 ? Self.hadRoom : "the disk filled up"
  }

  private func check(_ ended: Ended, _ run: TinyRun, _ laboratory: Laboratory) throws {
    if ended.status != 0 {
      try require(
        ended.status == 1 && ended.complaints.contains { $0.contains(run.directory) },
        "a full disk: \(ended.summary)")
    }
    if let saved = run.latest {
      try laboratory.requireSame("\(run.checkpoints)/latest", step: saved)
    }
  }
}
