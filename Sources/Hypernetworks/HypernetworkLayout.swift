// Where each parameter and running average of a hypernetwork lies, and what each sub-network maps.

import Host
import Numerics
import TargetNetworks

/// A hypernetwork for one target architecture: sub-networks, parameter layout, code layout.
public struct HypernetworkLayout: Sendable {
  public let architecture: HypernetworkArchitecture
  public let target: TargetArchitecture
  /// All trainable numbers.
  public let parameters: ParameterLayout
  /// Running averages of all batch normalizations.
  public let statistics: ParameterLayout
  public let extractor: Perceptron
  public let generators: [Perceptron]
  /// The free centre, (centres, D), within the parameters; nil where there is none.
  public let center: ParameterLayout.Entry?
  /// How each block of the target is generated.
  public let sources: [Source]

  /// A block's codes and its part of a weight generator's rows.
  public struct Source: Sendable, Equatable {
    public let generator: Int
    /// Rows of the generator's batch of one latent: the block's filters, or one for the whole layer.
    public let rows: Range<Int>
    /// Where the codes begin within the extractor's output.
    public let codeOffset: Int
  }

  /// Why a hypernetwork does not fit its target.
  public struct Invalid: UserFacingError {
    public let description: String
    public var exitStatus: ExitStatus { .badRequest }
  }

  public init(_ architecture: HypernetworkArchitecture, target: TargetArchitecture) throws(Invalid)
  {
    guard architecture.generation.isEmpty || architecture.generation.count == target.blocks.count
    else {
      throw Invalid(
        description:
          "hypernetwork.generation: \(architecture.generation.count) entries for "
          + "\(target.blocks.count) target layers with weights; give one for each")
    }
    let outputs = Self.generators(architecture, target: target)
    let count = Self.generatorCount(architecture, target: target)
    guard architecture.generatorHidden.count == count else {
      throw Invalid(
        description:
          "hypernetwork.generatorHidden: \(architecture.generatorHidden.count) lists of widths for "
          + "\(count) weight generators; give one list for each")
    }
    try Self.requireAddressable(architecture, outputs)
    self.architecture = architecture
    self.target = target
    var parameters = ParameterLayout()
    var statistics = ParameterLayout()
    var sources: [Source] = []
    var rowCounts = [Int](repeating: 0, count: count)
    var codes = 0
    for output in outputs {
      let first = rowCounts[output.generator]
      rowCounts[output.generator] += output.rows
      sources.append(
        Source(
          generator: output.generator, rows: first..<first + output.rows, codeOffset: codes))
      codes += output.rows * architecture.codeSize
    }
    extractor = Perceptron(
      name: "extractor", widths: [architecture.latentSize] + architecture.extractorHidden + [codes],
      rowsPerLatent: 1, skipConnections: architecture.skipConnections, parameters: &parameters,
      statistics: &statistics)
    var generators: [Perceptron] = []
    for index in 0..<count {
      let width = outputs.first { $0.generator == index }!.width
      generators.append(
        Perceptron(
          name: "generator\(index + 1)",
          widths: [architecture.codeSize] + architecture.generatorHidden[index] + [width],
          rowsPerLatent: rowCounts[index], skipConnections: architecture.skipConnections,
          parameters: &parameters, statistics: &statistics))
    }
    center =
      architecture.center
      ? parameters.append(
        "center/weight",
        shape: [architecture.modeCenters ? architecture.modes : 1, target.weightCount]) : nil
    self.sources = sources
    self.parameters = parameters
    self.statistics = statistics
    self.generators = generators
  }

  /// d: dimensions of the latent.
  public var latentSize: Int { architecture.latentSize }
  /// D: weights of one generated target network.
  public var weightCount: Int { target.weightCount }
  public var codeCount: Int { extractor.outputWidth }

  /// Variance of what a generator yields at first: ``HypernetworkArchitecture/initialVariance`` times the mean square of what
  /// its last layer reads. Normalized features have 1, and each skip connection on the way adds as much.
  func initialOutputVariance(of generator: Perceptron) -> Float {
    func variance(_ perceptron: Perceptron, input: Float) -> Float {
      architecture.initialVariance
        * perceptron.skips.dropLast().reduce(input) { $1 ? $0 + 1 : 1 }
    }
    return variance(generator, input: variance(extractor, input: 1))
  }

  /// Which generator yields each block, in how many rows a latent, of how many numbers.
  private static func generators(
    _ architecture: HypernetworkArchitecture, target: TargetArchitecture
  ) -> [(generator: Int, rows: Int, width: Int)] {
    let last = target.blocks.count - 1
    var widths: [Int] = []
    return target.blocks.enumerated().map { index, block in
      let generation =
        architecture.generation.isEmpty
        ? (index == last ? .layer : .filter) : architecture.generation[index]
      let rows = generation == .layer ? 1 : block.filterCount
      let width = block.count / rows
      if architecture.sharing == .kind, let known = widths.firstIndex(of: width) {
        return (known, rows, width)
      }
      widths.append(width)
      return (widths.count - 1, rows, width)
    }
  }

  /// Refuses networks whose parameters no process could address, before their sizes overflow.
  private static func requireAddressable(
    _ architecture: HypernetworkArchitecture, _ outputs: [(generator: Int, rows: Int, width: Int)]
  ) throws(Invalid) {
    func count(_ widths: [Int]) -> Double {
      zip(widths, widths.dropFirst()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let codes = outputs.reduce(0) { $0 + $1.rows } * architecture.codeSize
    let extractor = count([architecture.latentSize] + architecture.extractorHidden + [codes])
    let generators = architecture.generatorHidden.enumerated().map { index, hidden in
      count([architecture.codeSize] + hidden + [outputs.first { $0.generator == index }!.width])
    }
    let center =
      architecture.center
      ? Double(architecture.modeCenters ? architecture.modes : 1)
        * outputs.reduce(0) { $0 + Double($1.rows) * Double($1.width) } : 0
    let all = generators.reduce(extractor + center, +)
    guard all > Double(mostParameters) else { return }
    let key =
      center > all / 2 ? "modes" : extractor > all / 2 ? "extractorHidden" : "generatorHidden"
    throw Invalid(
      description:
        "hypernetwork.\(key): the hypernetwork would have \(all) trainable numbers, for which each rank needs "
        + "\(16 * all) bytes of memory; take smaller widths, codeSize or latentSize")
  }

  /// More than any process can address.
  private static let mostParameters = 1 << 45

  /// Weight generators of such a hypernetwork, whose `generation` fits the target.
  public static func generatorCount(
    _ architecture: HypernetworkArchitecture, target: TargetArchitecture
  ) -> Int {
    (generators(architecture, target: target).map(\.generator).max() ?? -1) + 1
  }
}
