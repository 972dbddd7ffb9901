// Text for people beside a command's results.

import Glibc

public enum StandardError {
  /// Writes `text` as it is, unbuffered.
  public static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Writes one line.
  public static func note(_ text: String) { write(text + "\n") }
}
