// hyperdist report

import ArgumentParser
import Reporting
import RunFiles

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write one HTML page about a run, or several side by side.")

  @Argument(help: "Run folders; runs may be going on.")
  var runDirectories: [String]

  @Option(help: "The page (default: report.html in the first folder).")
  var output: String?

  /// The work is one processor's: rank 0 does it.
  func run() throws {
    guard LaunchedRank.rank == 0 else { return }
    let html = try RunReport(directories: runDirectories).html
    let path = output ?? "\(runDirectories[0])/report.html"
    try RunFolder.write(html, to: path)
    print(path)
  }
}
