import ArgumentParser
import Files
import Host
import RunFiles

/// Of commands that end in figures: as JSON where that is asked for, as text for people otherwise.
struct FigureOptions: ParsableArguments {
  @Option(help: "Write the figures as JSON to a file, or - for standard output.")
  var json: String?

  /// With --json -, JSON alone goes to standard output and the text to standard error.
  func write(_ value: JSONValue, orText text: String) throws {
    guard let json else { return print(text) }
    if json == "-" {
      StandardError.note(text)
      print(value)
    } else {
      print(text)
      try RunFolder.write("\(value)\n", to: json)
    }
  }
}
