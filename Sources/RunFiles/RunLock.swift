// One training at a time in a run folder.

import Files
import Glibc
import Host
import Synchronization

/// The lock of a run folder: `.lock`, held by the system as long as its owner lives, with the owner's name in it. Where the
/// folder lies on a file system of several machines, whose locks may end at each machine, the owner also counts up a
/// number in it, which others see stand still when it is dead.
public final class RunLock: Sendable {
  /// Seconds between two counts, and how long a number must stand still to be that of a dead owner.
  struct Rhythm: Sendable {
    var beat = 5.0
    var patience = 15.0
  }

  private let path: String
  private let descriptor: Int32
  private let owner: RunOwner
  private let beating: Beating?
  /// Whether there was no such file before.
  private let isNew: Bool

  /// Takes the lock of `folder`, which is there. Throws ``RunLockError`` where another process has it. Local, on rank 0.
  public static func take(_ folder: RunFolder) throws -> RunLock {
    try take(
      folder, isShared: FileSystem.isShared(folder.directory), rhythm: Rhythm(), owner: .current)
  }

  static func take(
    _ folder: RunFolder, isShared: Bool, rhythm: Rhythm, owner: RunOwner
  ) throws -> RunLock {
    let path = folder.lock
    var isNew = false
    while true {
      isNew = FileKind(of: path) == .missing
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard file >= 0 else { throw FileError("write", path, advice: RunFolder.advice) }
      var knowsLocks = true
      if flock(file, LOCK_EX | LOCK_NB) != 0 {
        guard errno != EWOULDBLOCK else {
          let other = RunOwner.read(path)
          close(file)
          throw RunLockError(folder: folder.directory, owner: other)
        }
        knowsLocks = false
      }
      // Somebody may have removed the file and made another meanwhile.
      guard FileIdentity(of: path) == FileIdentity(of: file) else {
        close(file)
        continue
      }
      let other = RunOwner.read(path)
      if let other, isAlive(other, path, knowsLocks, isShared, rhythm, owner) {
        close(file)
        throw RunLockError(folder: folder.directory, owner: other)
      }
      owner.write(to: file)
      let beating = isShared || !knowsLocks ? Beating(file, owner, rhythm.beat) : nil
      return RunLock(path, file, owner, beating, isNew)
    }
  }

  /// Whether an owner lives that the system's lock did not tell of.
  private static func isAlive(
    _ other: RunOwner, _ path: String, _ knowsLocks: Bool, _ isShared: Bool, _ rhythm: Rhythm,
    _ own: RunOwner
  ) -> Bool {
    if other.boot == own.boot { return !knowsLocks && kill(pid_t(other.process), 0) == 0 }
    guard isShared || !knowsLocks else { return false }
    let begin = monotonicSeconds()
    while monotonicSeconds() - begin < rhythm.patience {
      usleep(200_000)
      let now = RunOwner.read(path)
      if now != other { return now != nil }
    }
    return false
  }

  private init(
    _ path: String, _ descriptor: Int32, _ owner: RunOwner, _ beating: Beating?, _ isNew: Bool
  ) {
    (self.path, self.descriptor, self.owner, self.beating) = (path, descriptor, owner, beating)
    self.isNew = isNew
  }

  /// Throws where the lock is no longer this process's: somebody has removed it, or taken it for a dead one's. Local.
  public func requireHeld() throws(RunLockError) {
    let now = RunOwner.read(path)
    guard now?.token == owner.token else {
      throw RunLockError(folder: Folder.containing(path), owner: now, isLost: true)
    }
  }

  /// Gives the lock back, and removes its file where nobody had a lock here before. Local.
  public func withdraw() {
    if isNew, RunOwner.read(path)?.token == owner.token { unlink(path) }
    release()
  }

  /// Gives the lock back. Local.
  public func release() {
    beating?.stop()
    if RunOwner.read(path)?.token == owner.token { ftruncate(descriptor, 0) }
    close(descriptor)
  }
}

/// A thread that counts up the owner's number.
private final class Beating: @unchecked Sendable {
  private let descriptor: Int32
  private var owner: RunOwner
  private let milliseconds: Int32
  private var wake: [Int32] = [-1, -1]
  private var thread = pthread_t()
  private let isStopping = Atomic<Bool>(false)

  init(_ descriptor: Int32, _ owner: RunOwner, _ seconds: Double) {
    (self.descriptor, self.owner, milliseconds) = (descriptor, owner, Int32(1000 * seconds))
    pipe(&wake)
    for end in wake { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let raw = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { raw in
        SignalMask.blockAll()
        Unmanaged<Beating>.fromOpaque(raw!).takeRetainedValue().run()
        return nil
      }, raw)
    precondition(status == 0, "RunLock: pthread_create failed with \(status)")
  }

  private func run() {
    while !isStopping.load(ordering: .acquiring) {
      var waiting = pollfd(fd: wake[0], events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, milliseconds) == 0 else { continue }
      owner.beats += 1
      owner.write(to: descriptor)
    }
  }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    var byte: UInt8 = 0
    _ = write(wake[1], &byte, 1)
    pthread_join(thread, nil)
    for end in wake { close(end) }
  }
}
