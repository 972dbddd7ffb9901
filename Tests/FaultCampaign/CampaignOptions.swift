// What is asked of the program.

import Foundation

struct CampaignOptions {
  static let usage = """
    usage: FaultCampaign [--program PATH] [--seed S] [--quick] [--only NAME,...] [--most N] [--trial N] [--patience F] [--list]

    Breaks trainings of hyperdist on purpose and compares what is left with an undisturbed one.

      --program   the program under test (default: hyperdist beside this one)
      --seed      of all random choices (default: of the clock; it is printed)
      --quick     some trials of each experiment instead of all
      --only      these experiments alone
      --most      at most so many trials of each experiment, spread over all
      --trial     this trial alone, as a failure names it
      --patience  waiting times are so many times as long, on a machine with much else to do
      --list      print the experiments
    """

  var program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "hyperdist").path
  var seed = UInt64(Date().timeIntervalSince1970)
  var isQuick = false
  var isList = false
  var only: [String] = []
  var most = Int.max
  var trial: Int?
  var patience = 1.0

  /// Nil where the arguments cannot be read.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      switch option {
      case "--quick": isQuick = true
      case "--list": isList = true
      default:
        guard let value = rest.popFirst() else { return nil }
        switch option {
        case "--program": program = value
        case "--only": only = value.split(separator: ",").map(String.init)
        case "--seed":
          guard let number = UInt64(value) else { return nil }
          seed = number
        case "--trial", "--most":
          guard let number = Int(value), number >= 0 else { return nil }
          if option == "--trial" { trial = number } else { most = max(1, number) }
        case "--patience":
          guard let number = Double(value), number > 0 else { return nil }
          patience = number
        default: return nil
        }
      }
    }
  }
}
