// The option of commands that measure.

import ArgumentParser
import Files
import Host
import Reporting

/// Of commands that end in figures: as JSON where that is asked for, as text for people otherwise.
struct FigureOptions: ParsableArguments {
  @Option(help: "Write the figures as JSON to a file, or - for standard output.")
  var json: String?

  func validate() throws { try requireName(json, "--json") }

  /// The file asked for, if it is one.
  var files: [OutputFile] {
    json.flatMap { $0 == "-" ? nil : [OutputFile($0, option: "--json")] } ?? []
  }

  /// Where JSON goes to standard output, it goes there alone and the text to standard error.
  func write(_ value: JSONValue, orText text: String) throws {
    guard let json else { return StandardOutput.line(text) }
    if json == "-" || files.contains(where: \.isStandardOutput) {
      StandardError.note(text)
      StandardOutput.line(value)
    } else {
      StandardOutput.line(text)
      for file in files { try file.write("\(value)\n") }
    }
  }
}
