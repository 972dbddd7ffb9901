// hyperdist report

import ArgumentParser
import Host
import Reporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write one HTML page about a run, or several side by side.")

  @Argument(
    help: "Run folders, whose runs may be going on, and folders of comparisons and scaling studies."
  )
  var runDirectories: [String]

  @Option(help: "The page (default: report.html in the first folder).")
  var output: String?

  func validate() throws {
    try requireName(output, "--output")
    for directory in runDirectories { try requireName(directory, "RUN_DIR") }
  }

  func run() throws { try SoleRank.run(report) }

  private func report() throws {
    let page = OutputFile(output ?? "\(runDirectories[0])/report.html", option: "--output")
    let report = try RunReport(directories: runDirectories)
    try page.check(inputs: runDirectories.flatMap { RunReport.inputs(of: $0) })
    try page.write(report.html)
    if !page.isStandardOutput { StandardOutput.line(page.path) }
  }
}
