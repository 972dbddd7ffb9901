// Where each parameter and running average of a hypernetwork lies, and what each sub-network maps.

import TargetNetworks
import TensorCore

/// A multilayer perceptron's geometry and the places of its tensors.
///
/// Linear without bias, leaky ReLU, batch normalization on every layer but the last, which is linear.
public struct Perceptron: Sendable {
  /// Input width, hidden widths, output width.
  public let widths: [Int]
  /// Rows of this network's batch that come from one latent: 1, or the filters of a target layer.
  public let rowsPerLatent: Int
  /// Layer k's weight, (out, in), within the parameters.
  public let weights: [ParameterLayout.Entry]
  /// Normalization k's tensors: scale and shift within the parameters, averages within the statistics.
  public let scales: [ParameterLayout.Entry]
  public let shifts: [ParameterLayout.Entry]
  public let runningMeans: [ParameterLayout.Entry]
  public let runningVariances: [ParameterLayout.Entry]

  public var depth: Int { weights.count }
  public var inputWidth: Int { widths[0] }
  public var outputWidth: Int { widths[depth] }

  init(
    name: String, widths: [Int], rowsPerLatent: Int, parameters: inout ParameterLayout,
    statistics: inout ParameterLayout
  ) {
    self.widths = widths
    self.rowsPerLatent = rowsPerLatent
    var weights: [ParameterLayout.Entry] = []
    var scales: [ParameterLayout.Entry] = []
    var shifts: [ParameterLayout.Entry] = []
    var means: [ParameterLayout.Entry] = []
    var variances: [ParameterLayout.Entry] = []
    for layer in 1..<widths.count {
      let (input, output) = (widths[layer - 1], widths[layer])
      weights.append(parameters.append("\(name)/layer\(layer)/weight", shape: [output, input]))
      guard layer < widths.count - 1 else { break }
      let norm = "\(name)/norm\(layer)"
      scales.append(parameters.append("\(norm)/scale", shape: [output]))
      shifts.append(parameters.append("\(norm)/shift", shape: [output]))
      means.append(statistics.append("\(norm)/running_mean", shape: [output]))
      variances.append(statistics.append("\(norm)/running_variance", shape: [output]))
    }
    self.weights = weights
    self.scales = scales
    self.shifts = shifts
    runningMeans = means
    runningVariances = variances
  }
}

/// A hypernetwork for one target architecture: sub-networks, parameter layout, code layout.
public struct HypernetworkLayout: Sendable {
  public let architecture: HypernetworkArchitecture
  public let target: TargetArchitecture
  /// All trainable numbers.
  public let parameters: ParameterLayout
  /// Running averages of all batch normalizations.
  public let statistics: ParameterLayout
  public let extractor: Perceptron
  /// One weight generator per block of the target.
  public let generators: [Perceptron]
  /// Where each generator's codes begin within the extractor's output.
  public let codeOffsets: [Int]

  /// Why a hypernetwork does not fit its target.
  public struct Invalid: UserFacingError {
    public let description: String
    public var exitStatus: ExitStatus { .badRequest }
  }

  public init(_ architecture: HypernetworkArchitecture, target: TargetArchitecture) throws(Invalid)
  {
    guard architecture.generatorHidden.count == target.blocks.count else {
      throw Invalid(
        description:
          "hypernetwork.generatorHidden: \(architecture.generatorHidden.count) lists of widths for "
          + "\(target.blocks.count) target layers with weights; give one list for each")
    }
    let last = target.blocks.count - 1
    let generation =
      architecture.generation.isEmpty
      ? target.blocks.indices.map { $0 == last ? .layer : .filter } : architecture.generation
    guard generation.count == target.blocks.count else {
      throw Invalid(
        description:
          "hypernetwork.generation: \(generation.count) entries for "
          + "\(target.blocks.count) target layers with weights; give one for each")
    }
    self.architecture = architecture
    self.target = target
    var parameters = ParameterLayout()
    var statistics = ParameterLayout()
    var codeOffsets: [Int] = []
    var codes = 0
    let rows = zip(target.blocks, generation).map { block, generation in
      generation == .layer ? 1 : block.filterCount
    }
    for count in rows {
      codeOffsets.append(codes)
      codes += count * architecture.codeSize
    }
    extractor = Perceptron(
      name: "extractor", widths: [architecture.latentSize] + architecture.extractorHidden + [codes],
      rowsPerLatent: 1, parameters: &parameters, statistics: &statistics)
    var generators: [Perceptron] = []
    for (index, block) in target.blocks.enumerated() {
      generators.append(
        Perceptron(
          name: "generator\(index + 1)",
          widths: [architecture.codeSize] + architecture.generatorHidden[index]
            + [block.count / rows[index]],
          rowsPerLatent: rows[index], parameters: &parameters, statistics: &statistics))
    }
    self.parameters = parameters
    self.statistics = statistics
    self.generators = generators
    self.codeOffsets = codeOffsets
  }

  /// d: dimensions of the latent.
  public var latentSize: Int { architecture.latentSize }
  /// D: weights of one generated target network.
  public var weightCount: Int { target.weightCount }
  public var codeCount: Int { extractor.outputWidth }
}
