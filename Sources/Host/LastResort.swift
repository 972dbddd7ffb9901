// The end where nothing is left that could be thrown.

import Glibc

public enum LastResort {
  /// Ends this process with one line: for what no caller can answer, such as an allocation that failed after all checks. Under
  /// mpirun the other ranks end with it.
  public static func end(_ line: String) -> Never {
    StandardError.note("hyperdist: \(line)")
    _exit(ExitStatus.failed.rawValue)
  }
}
