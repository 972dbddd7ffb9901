// Text for people beside a command's results.

import Glibc

public enum StandardError {
  /// Writes `text` as it is, unbuffered. That nobody reads it any more is no error.
  public static func write(_ text: String) {
    _ = ByteOutput.write(Array(text.utf8), to: STDERR_FILENO)
  }

  /// Writes one line.
  public static func note(_ text: String) { write(text + "\n") }
}
