// hyperdist data import

import ArgumentParser
import Datasets
import Host
import Reporting

struct DataImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a data file of NumPy's arrays (.npz) or of a table (.csv).")

  @Argument(help: "A file whose name ends in .npz, or a table: .csv, .tsv or .txt, also gzipped.")
  var source: String

  @Option(help: "The data file, its name ends in .h5.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "A column, or array, to predict: texts are classes, numbers are numbers. May be given several times.",
      valueName: "column"))
  var target: [String] = []

  @Option(
    help: ArgumentHelp("The column, or array, of classes, texts or not.", valueName: "column"))
  var label: String?

  @Option(
    help: ArgumentHelp("A column of numbers that stand for names.", valueName: "column"))
  var category: [String] = []

  @Option(
    help: "Fraction of the rows for test, where the source has no split of its own.")
  var testFraction = 0.2

  @Option(help: "Fraction of the rows for validation, likewise.")
  var validationFraction = 0.0

  @Option(parsing: .unconditional, help: "Another seed draws other rows for test and validation.")
  var seed: UInt64 = 0

  @Flag(help: "Images are (count, row, column, channel).")
  var channelsLast = false

  func validate() throws {
    try requireName(source, "FILE")
    try requireName(output, "--output")
    guard output.hasSuffix(".h5") else {
      throw ValidationError("--output \(output): the name must end in .h5")
    }
    guard testFraction >= 0, validationFraction >= 0, testFraction + validationFraction < 1 else {
      throw ValidationError(
        "--test-fraction and --validation-fraction must be 0 or more, together below 1")
    }
  }

  func run() throws { try SoleRank.run(importData) }

  private func importData() throws {
    var plan = DataImport()
    plan.targets = target
    plan.label = label
    plan.categories = category
    plan.testFraction = testFraction
    plan.validationFraction = validationFraction
    plan.seed = seed
    plan.channelsLast = channelsLast
    let file = OutputFile(output, option: "--output", .tensors)
    try file.check(inputs: [source])
    for line in try plan.run(source, output: file.end) { StandardOutput.line(line) }
    StandardOutput.line("\(output): written; data.name: file, data.path: \(output)")
  }
}
