// What the campaign says while it goes on.

import Glibc

enum Progress {
  /// Prints a line at once, whoever reads it.
  static func say(_ text: String) {
    print(text)
    fflush(nil)
  }
}
