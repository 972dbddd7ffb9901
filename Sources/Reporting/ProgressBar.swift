// How far a long computation is, and how long it will still take.

import Glibc
import Host
import Synchronization

/// Prints progress to standard error: on a terminal a line that is redrawn, otherwise a line now and then.
public final class ProgressBar: Sendable {
  private struct State {
    var done = 0
    var lastDrawn: Double
    var isLineOpen = false
  }

  private let title: String
  private let total: Int
  private let begin = monotonicSeconds()
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let isShown: Bool
  private let state: Mutex<State>

  /// `total` units of work are to be done; where not `isShown`, nothing is printed.
  public init(_ title: String, total: Int, isShown: Bool) {
    self.title = title
    self.total = max(1, total)
    self.isShown = isShown
    state = Mutex(State(lastDrawn: monotonicSeconds()))
  }

  /// Counts units of work that are done; from any thread.
  public func advance(_ units: Int) {
    guard isShown else { return }
    state.withLock { state in
      state.done += units
      let now = monotonicSeconds()
      guard now - state.lastDrawn >= (isTerminal ? 0.2 : 10) else { return }
      state.lastDrawn = now
      let elapsed = now - begin
      let left = elapsed * Double(total - state.done) / Double(state.done)
      let figures =
        "\(title)  \(100 * state.done / total) %  \(Format.duration(elapsed)), "
        + "\(Format.duration(max(0, left))) left"
      if isTerminal {
        StandardError.write("\r\u{1B}[K\(Self.bar(state.done, of: total)) \(figures)")
        state.isLineOpen = true
      } else {
        StandardError.note(figures)
      }
    }
  }

  /// Removes the line that was being redrawn.
  public func finish() {
    state.withLock { state in
      if state.isLineOpen { StandardError.write("\r\u{1B}[K") }
      state.isLineOpen = false
    }
  }

  /// `[======      ]`.
  static func bar(_ done: Int, of total: Int) -> String {
    let width = 24
    let full = min(width, width * done / max(1, total))
    return "[" + String(repeating: "=", count: full) + String(repeating: " ", count: width - full)
      + "]"
  }
}
