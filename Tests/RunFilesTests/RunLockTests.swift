// Who may train in a run folder.

import Files
import Foundation
import TestSupport
import Testing

@testable import RunFiles

@Suite struct RunLockTests {
  private let folder = TestFolder()
  private var run: RunFolder { RunFolder(directory: folder.path) }
  /// A fast one, for a file system that several machines see.
  private let rhythm = RunLock.Rhythm(beat: 0.1, patience: 1)

  /// A process of another machine.
  private var stranger: RunOwner {
    var owner = RunOwner.current
    (owner.host, owner.boot, owner.token, owner.job) = ("n2", "b", "t", "SLURM job 17")
    return owner
  }

  private func refusal(_ body: () throws -> RunLock) -> String {
    do {
      try body().release()
      return "no refusal"
    } catch {
      return "\(error)"
    }
  }

  @Test func oneAtATime() throws {
    let first = try RunLock.take(run)
    let text = refusal { try RunLock.take(run) }
    #expect(text.contains("process \(getpid()) on \(RunOwner.current.host)"), "\(text)")
    #expect(text.contains(folder.path) && text.contains("give another --run-dir"), "\(text)")
    try first.requireHeld()
    first.release()
    let second = try RunLock.take(run)
    try second.requireHeld()
    second.release()
    #expect(try Data(contentsOf: URL(filePath: run.lock)).isEmpty)
  }

  /// What its owner left when it was killed, on any machine that shares this one's locks.
  @Test func theLockOfADeadOwnerIsTaken() throws {
    folder.write("\(stranger.json)\n", to: ".lock")
    let begin = Date()
    let lock = try RunLock.take(run)
    #expect(Date().timeIntervalSince(begin) < 1)
    try lock.requireHeld()
    lock.release()
  }

  /// Where other machines' locks are not seen, an owner lives whose number is counted up.
  @Test func anOwnerOnAnotherMachineIsAliveWhileItCounts() throws {
    func take() throws -> RunLock {
      try RunLock.take(run, isShared: true, rhythm: rhythm, owner: .current)
    }
    folder.write("\(stranger.json)\n", to: ".lock")
    try take().release()

    folder.write("\(stranger.json)\n", to: ".lock")
    let path = run.lock
    let counting = Thread {
      var owner = RunOwner.current
      (owner.host, owner.boot, owner.token, owner.job) = ("n2", "b", "t", "SLURM job 17")
      for _ in 0..<20 {
        owner.beats += 1
        try? Data("\(owner.json)\n".utf8).write(to: URL(filePath: path))
        usleep(100_000)
      }
    }
    counting.start()
    usleep(200_000)
    let text = refusal(take)
    #expect(text.contains("on n2 (SLURM job 17)"), "\(text)")
  }

  @Test func anOwnerCounts() throws {
    let lock = try RunLock.take(run, isShared: true, rhythm: rhythm, owner: .current)
    let before = try #require(RunOwner.read(run.lock))
    usleep(500_000)
    let after = try #require(RunOwner.read(run.lock))
    #expect(after.beats > before.beats && after.token == before.token)
    lock.release()
    #expect(RunOwner.read(run.lock) == nil)
  }

  @Test func aLostLockIsNoticed() throws {
    let lock = try RunLock.take(run)
    try FileManager.default.removeItem(atPath: run.lock)
    #expect(throws: RunLockError.self) { try lock.requireHeld() }
    let other = try RunLock.take(run, isShared: false, rhythm: rhythm, owner: stranger)
    do {
      try lock.requireHeld()
      Issue.record("the lock is another's")
    } catch {
      #expect("\(error)".contains("on n2") && "\(error)".contains("has taken it"), "\(error)")
    }
    lock.release()
    // The other's name is left to it.
    try other.requireHeld()
    other.release()
  }

  @Test func namesOfNewFoldersAreNeverShared() throws {
    let names = try (1...3).map { _ in try RunFolder.new("\(folder.path)/runs/a").directory }
    #expect(names == ["a", "a-2", "a-3"].map { "\(folder.path)/runs/\($0)" })
  }
}
