// The options that choose a configuration, shared by commands.

import ArgumentParser
import Configurations
import RunFiles

struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A built-in configuration: \(Configuration.presetNames.joined(separator: ", ")).",
      valueName: "name"))
  var preset: String?

  @Option(help: ArgumentHelp("A YAML file; see docs/configuration.md.", valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Overrides one key, e.g. training.seed=2.", valueName: "key.path=value"))
  var overrides: [String] = []

  func validate() throws {
    try requireName(config, "--config")
    try requireName(preset, "--preset")
  }

  /// The configuration asked for; without --preset and --config, `fallback`'s text or quickstart's.
  func resolve(extra: [String] = [], fallback: (yaml: String, source: String)? = nil) throws
    -> Configuration
  {
    if preset != nil && config != nil {
      throw ValidationError("give --preset or --config, not both")
    }
    let overrides = overrides + extra
    if let config {
      return try Configuration.parse(
        yaml: text(of: config), source: config, overrides: overrides)
    }
    if preset == nil, let fallback {
      return try Configuration.parse(
        yaml: fallback.yaml, source: fallback.source, overrides: overrides)
    }
    return try Configuration.preset(preset ?? "quickstart", overrides: overrides)
  }

  /// The configuration asked for; nil where none of the options is given.
  func resolveIfGiven() throws -> Configuration? {
    if preset == nil && config == nil {
      guard overrides.isEmpty else {
        throw ValidationError("--set: with --preset or --config only")
      }
      return nil
    }
    return try resolve()
  }

  private func text(of file: String) throws -> String {
    do {
      return try RunFolder.text(of: file)
    } catch {
      throw BadRequest(description: "--config \(file): \(error.reason)")
    }
  }

  /// A name for the run folder.
  var name: String {
    if let config {
      let file = config.split(separator: "/").last.map(String.init) ?? "run"
      return file.split(separator: ".").first.map(String.init) ?? "run"
    }
    return preset ?? "quickstart"
  }
}
