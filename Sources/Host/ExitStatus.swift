// What the shell that started the program is told.

/// How the program ended, as its exit code.
public enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  /// A bad command line or configuration, found before any work.
  case badRequest = 2
  /// Stopped on a signal, after saving.
  case stopped = 3
}
