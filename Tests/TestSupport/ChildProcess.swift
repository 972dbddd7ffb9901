// Starting a program and waiting for its end.

import Foundation

/// By posix_spawn and waitpid: Foundation's Process hears of a child's end over a socket, which a helper that MPI
/// starts meanwhile in this process keeps open.
enum ChildProcess {
  struct NotStarted: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs `command`, found along PATH, and returns its exit status, or the number of the signal that ended it.
  /// It reads nothing and writes to two files. Its signals are those of an ordinary process: the test runner's
  /// threads block all, and mpirun would not hear of a rank's death.
  static func run(
    _ command: [String], environment: [String: String], output: String, errors: String
  ) throws -> Int32 {
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
    let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var child: pid_t = 0
    let number = posix_spawnp(&child, command[0], &files, &attributes, arguments, variables)
    guard number == 0 else {
      throw NotStarted(
        description: "cannot start \(command[0]): \(String(cString: strerror(number)))")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else {
        throw NotStarted(description: "\(command[0]): its end was not seen: \(errno)")
      }
    }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : status & 0x7f
  }
}
