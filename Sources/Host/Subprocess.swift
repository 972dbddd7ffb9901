// Running another program and hearing how it ended.

import Glibc

/// Programs found on the PATH, run to their end.
package enum Subprocess {
  /// Runs `arguments` (the program first), its standard output thrown away.
  ///
  /// Returns nil on success, otherwise the last line it wrote to standard error, or its exit code.
  package static func run(_ arguments: [String]) -> String? {
    var pipe: [Int32] = [0, 0]
    guard Glibc.pipe(&pipe) == 0 else { return String(cString: strerror(errno)) }
    defer { close(pipe[0]) }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let status = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
    close(pipe[1])
    guard status == 0 else { return "\(arguments[0]): \(String(cString: strerror(status)))" }

    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(pipe[0], &buffer, buffer.count)
      if count > 0 {
        output.append(contentsOf: buffer[..<count])
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    var ending: Int32 = 0
    while waitpid(process, &ending, 0) < 0 && errno == EINTR {}
    if ending == 0 { return nil }
    let lines = output.split { $0 == 10 || $0 == 13 }
    if let last = lines.last { return String(decoding: last, as: UTF8.self) }
    return "\(arguments[0]) ended with status \(ending >> 8 & 0xFF)"
  }
}
