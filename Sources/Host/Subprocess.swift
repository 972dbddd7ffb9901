// Running another program and hearing how it ended.

import Glibc

/// Programs found on the PATH, run to their end.
package enum Subprocess {
  /// How a program ended.
  package struct Ending {
    /// Its exit code; 128 and the signal's number where one ended it; nil where it could not be started.
    package let status: Int32?
    /// What it wrote to standard error; why it could not be started.
    package let errors: String
  }

  /// Runs `arguments` (the program first), its standard output thrown away.
  ///
  /// Returns nil on success, otherwise the last line it wrote to standard error, or its exit code.
  package static func run(_ arguments: [String]) -> String? {
    let ending = execute(arguments)
    guard let status = ending.status else { return "\(arguments[0]): \(ending.errors)" }
    if status == 0 { return nil }
    let last = ending.errors.split(whereSeparator: \.isNewline).last
    return last.map(String.init) ?? "\(arguments[0]) ended with status \(status)"
  }

  /// Runs `arguments`, its standard output going to a file, or thrown away.
  package static func execute(_ arguments: [String], output: String = "/dev/null") -> Ending {
    var pipe: [Int32] = [0, 0]
    guard Glibc.pipe(&pipe) == 0 else {
      return Ending(status: nil, errors: String(cString: strerror(errno)))
    }
    defer { close(pipe[0]) }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let status = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
    close(pipe[1])
    guard status == 0 else { return Ending(status: nil, errors: String(cString: strerror(status))) }

    var errors: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(pipe[0], &buffer, buffer.count)
      if count > 0 {
        errors.append(contentsOf: buffer[..<count])
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    var ending: Int32 = 0
    while waitpid(process, &ending, 0) < 0 && errno == EINTR {}
    let signal = ending & 0x7F
    return Ending(
      status: signal == 0 ? ending >> 8 & 0xFF : 128 + signal,
      errors: String(decoding: errors, as: UTF8.self))
  }
}
