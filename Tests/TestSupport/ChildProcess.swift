// Starting a program and waiting for its end.

import Foundation

/// By posix_spawn and waitpid: Foundation's Process hears of a child's end over a socket, which a helper that MPI
/// starts meanwhile in this process keeps open.
public final class ChildProcess {
  public struct NotStarted: Error, CustomStringConvertible {
    public let description: String
  }

  /// Set to ``mark`` for it and so for all that it starts, wherever launchers put them.
  private static let variable = "HYPERDIST_TEST_CHILD"

  public let identifier: pid_t
  private let mark = UUID().uuidString
  /// The exit status, or the number of the signal that ended it; nil while it runs.
  public private(set) var status: Int32?

  /// Starts `command`, found along PATH. It reads nothing and writes to two files. Its signals are those of an
  /// ordinary process: the test runner's threads block all, and mpirun would not hear of a rank's death.
  public init(
    _ command: [String], environment: [String: String], output: String, errors: String
  ) throws {
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    for (descriptor, path) in [(STDOUT_FILENO, output), (STDERR_FILENO, errors)] {
      posix_spawn_file_actions_addopen(
        &files, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    let arguments = command.map { strdup($0) } + [nil]
    let variables =
      environment.merging([Self.variable: mark]) { $1 }.map {
        strdup("\($0)=\($1)")
      } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var child: pid_t = 0
    let number = posix_spawnp(&child, command[0], &files, &attributes, arguments, variables)
    guard number == 0 else {
      throw NotStarted(
        description: "cannot start \(command[0]): \(String(cString: strerror(number)))")
    }
    identifier = child
  }

  /// It and all that it has started, while they run, with the variables they were started with.
  public func family() -> [(pid_t, [String: String])] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { name in
      guard let number = pid_t(name),
        let bytes = FileManager.default.contents(atPath: "/proc/\(name)/environ")
      else { return nil }
      let variables = ProcessVariables.parse(bytes)
      return variables[Self.variable] == mark ? (number, variables) : nil
    }
  }

  /// Kills what is left of its family.
  public func end() {
    while poll() == nil {
      for (process, _) in family() { kill(process, SIGKILL) }
      kill(identifier, SIGKILL)
      usleep(1000)
    }
    for (process, _) in family() { kill(process, SIGKILL) }
  }

  /// Waits for its end and returns ``status``.
  public func wait() -> Int32 {
    while true { if let status = look(0) { return status } }
  }

  /// ``status`` once it has ended, which is looked for without waiting.
  public func poll() -> Int32? { look(WNOHANG) }

  /// Seconds of processors that it has used; 0 where the system does not say.
  public var processorSeconds: Double {
    guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return 0 }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let own = Double(fields[11]), let system = Double(fields[12]) else {
      return 0
    }
    return (own + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private func look(_ options: Int32) -> Int32? {
    if status != nil { return status }
    var raw: Int32 = 0
    let ended = waitpid(identifier, &raw, options)
    if ended == identifier {
      status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : raw & 0x7f
    } else if ended < 0, errno != EINTR {
      fatalError("the end of process \(identifier) was not seen: errno \(errno)")
    }
    return status
  }
}
