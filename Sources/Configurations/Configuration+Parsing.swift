// From YAML and overrides to a checked configuration.

import Yams

extension Configuration {
  /// Reads a configuration.
  ///
  /// Keys the text does not give come from the preset its top-level key `preset` names, `mnist` if it
  /// names none.
  ///
  /// - Parameters:
  ///   - source: The file's name, for messages.
  ///   - overrides: `key.path=value` each, applied in order after the text; a value is YAML.
  /// - Throws: ``ConfigurationError`` with every problem of the text, of the overrides and of how the
  ///   values fit together.
  public static func parse(yaml: String, source: String, overrides: [String] = [])
    throws(ConfigurationError) -> Configuration
  {
    let file = Source.file(source)
    let document: Node
    do {
      document = try compose(yaml: yaml) ?? Node("", Tag(.null))
    } catch {
      throw ConfigurationError([
        Problem(error, in: yaml) { .line(source: source, line: $0) }
      ])
    }
    var reader = ConfigurationReader(mnist)
    if let node = document.mapping?["preset"] {
      do throws(ConfigurationError) {
        guard let name = node.scalar?.string else {
          throw ConfigurationError([
            Problem(
              place: nil, key: "preset",
              text: "a list or mapping (allowed: \(presetNames.joined(separator: ", ")))")
          ])
        }
        reader.configuration = try preset(name)
      } catch {
        for problem in error.problems {
          reader.problems.add(problem.key, at: file.place(of: node, key: "preset"), problem.text)
        }
      }
    }
    reader.read(document: document, source: file)
    return try reader.finish(overrides: overrides)
  }

  /// A preset with overrides, each `key.path=value`.
  public static func preset(_ name: String, overrides: [String]) throws(ConfigurationError)
    -> Configuration
  {
    try ConfigurationReader(try preset(name)).finish(overrides: overrides)
  }
}

extension ConfigurationReader {
  /// Applies the overrides, checks how the values fit together, and returns them.
  fileprivate consuming func finish(overrides: [String]) throws(ConfigurationError) -> Configuration
  {
    for text in overrides { read(override: text) }
    readRecipe()
    completeData()
    checkTogether()
    guard problems.list.isEmpty else { throw ConfigurationError(problems.list) }
    return configuration
  }
}
