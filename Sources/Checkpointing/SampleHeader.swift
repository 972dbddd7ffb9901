// What a sample file says of its networks.

import Files

/// Root attributes of a sample file; files of other programs, and of versions before there were any, have none.
public struct SampleHeader: Sendable, Equatable {
  /// The resolved configuration of the run that the networks come from, as YAML text.
  public var configuration: String
  public var programVersion: String
  /// What the networks are, in words: `step 13000`, `deep-ensemble, step 64000`.
  public var origin: String
  /// Steps of their training; nil where the file does not say.
  public var step: Int?
  /// What the networks were trained on, as JSON; nil where the file does not say.
  public var data: String?

  public init(
    configuration: String, programVersion: String, origin: String, step: Int?, data: String? = nil
  ) {
    self.data = data
    self.step = step
    self.configuration = configuration
    self.programVersion = programVersion
    self.origin = origin
  }

  /// A JSON object of texts.
  var texts: JSONValue {
    let texts: [(String, String?)] = [
      ("config", configuration), ("program_version", programVersion), ("origin", origin),
      ("training_step", step.map(String.init)), ("data", data),
    ]
    return .object(texts.compactMap { name, text in text.map { (name, $0.json) } })
  }
}
