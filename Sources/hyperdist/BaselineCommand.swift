// hyperdist baseline

import ArgumentParser
import Configurations

extension BaselineMethod: ExpressibleByArgument {
  /// `none` is what `train` does.
  static let commands = allCases.filter { $0 != .none }
  public static var allValueStrings: [String] { commands.map(\.rawValue) }
  public init?(argument: String) {
    guard let method = Self.commands.first(where: { $0.rawValue == argument }) else { return nil }
    self = method
  }
}

struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Train networks without a hypernetwork, for comparison, into a sample file.",
    usage: "hyperdist baseline <method> [<options>]",
    discussion: """
      Methods, whose settings are those of the section baseline (docs/baselines.md):
      \(BaselineMethod.commands.map { "  \($0.rawValue): \($0.meaning)" }.joined(separator: "\n"))
      The networks are in RUN_DIR/networks.h5 when the last step is done, as those of hyperdist sample.
      """)

  @Argument(
    help: ArgumentHelp(
      BaselineMethod.allValueStrings.joined(separator: ", "), valueName: "method"))
  var method: BaselineMethod

  @OptionGroup var options: RunOptions

  func run() throws { try options.train(method) }
}
