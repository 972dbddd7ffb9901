// A command's results, and whether they arrived.

import Glibc
import Synchronization

/// Standard output without a buffer. The first write that fails is kept for ``check()``, and nothing is written after it:
/// a command goes on to its end, which then is an error.
public enum StandardOutput {
  /// The failed write's `errno`, or 0.
  private static let failure = Atomic<Int32>(0)

  /// Writes `text` as it is.
  public static func write(_ text: String) {
    guard failure.load(ordering: .relaxed) == 0 else { return }
    if let number = ByteOutput.write(Array(text.utf8), to: STDOUT_FILENO) {
      failure.store(number, ordering: .relaxed)
    }
  }

  /// Writes a value's text as one line.
  public static func line(_ value: some CustomStringConvertible) { write("\(value)\n") }

  /// Throws where something could not be written.
  public static func check() throws(StandardOutputError) {
    let number = failure.load(ordering: .relaxed)
    if number != 0 { throw StandardOutputError(number: number) }
  }

  /// Keeps the numbers of standard streams that the program was started without from being given to other files, which would
  /// then get what was meant for the streams. Writing to them remains an error.
  public static func reserveNumbers() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // The lowest number that is free, which is this one.
      _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
