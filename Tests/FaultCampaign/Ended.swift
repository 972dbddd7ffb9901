// How a job ended.

struct Ended {
  /// Exit status of the launcher, or the number of the signal that ended it.
  let status: Int32
  let output: String
  let errors: String
  let seconds: Double

  /// The program's own lines of what went wrong.
  var complaints: [String] {
    errors.split(separator: "\n").map(String.init).filter {
      $0.hasPrefix("hyperdist:") || $0.hasPrefix("warning:")
    }
  }

  /// For messages: the end of what it said.
  var summary: String {
    let lines = errors.split(separator: "\n").filter { !$0.hasPrefix("step ") }.suffix(12)
    return "status \(status) after \(Int(seconds)) s\n    " + lines.joined(separator: "\n    ")
  }
}
