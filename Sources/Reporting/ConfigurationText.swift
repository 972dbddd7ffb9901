// What a configuration comes to: layers, weights, generators, work.

import Configurations
import Files
import Hypernetworks
import TargetNetworks

/// A configuration's target network and hypernetwork in numbers.
public struct ConfigurationText {
  private let configuration: Configuration
  private let layout: HypernetworkLayout

  /// Throws where the configuration's networks do not fit together, naming the layer.
  public init(_ configuration: Configuration) throws {
    self.configuration = configuration
    layout = try configuration.hypernetworkLayout()
  }

  private var target: TargetArchitecture { layout.target }
  /// Of all ranks' weight vectors together.
  private var weightVectorBytes: Int { configuration.training.latents * target.weightCount * 4 }
  private var gradientBytes: Int { layout.parameters.count * 4 }

  private func kind(_ block: TargetArchitecture.Block) -> String {
    let name = block.kernelShape.count == 3 ? "convolution" : "fullyConnected"
    return block.isNormalized ? name + " + normalization" : name
  }

  private func shape(_ lengths: [Int]) -> String { lengths.map(String.init).joined(separator: "x") }

  /// Trainable numbers of a sub-network.
  private func count(_ perceptron: Perceptron) -> Int {
    (perceptron.weights + perceptron.scales + perceptron.shifts).reduce(0) { $0 + $1.count }
  }

  public var text: String {
    var layers = TextTable([
      "layer", "kind", "filters", "kernel", "output", "weights", "generator", "codes x numbers",
      "MFLOP/image",
    ])
    for (block, source) in zip(target.blocks, layout.sources) {
      layers.add([
        block.name, kind(block), "\(block.filterCount)", shape(block.kernelShape),
        "\(block.output)", "\(block.count)", "\(source.generator + 1)",
        "\(source.rows.count) x \(layout.generators[source.generator].outputWidth)",
        Format.fixed(Double(block.forwardFLOPs) * 1e-6, 2),
      ])
    }
    var networks = TextTable(["sub-network", "widths", "rows a latent", "trainable numbers"])
    for (name, perceptron) in [("extractor", layout.extractor)]
      + layout.generators.enumerated().map({ ("generator \($0 + 1)", $1) })
    {
      networks.add([
        name, perceptron.widths.map(String.init).joined(separator: "-"),
        "\(perceptron.rowsPerLatent)", "\(count(perceptron))",
      ])
    }
    let latents = configuration.training.latents
    return """
      target network on \(configuration.data.title) (\(target.input))
      \(layers.text)

      hypernetwork
      \(networks.text)

        generated weights   \(target.weightCount)
        trainable numbers   \(layout.parameters.count)
        FLOPs an image      \(target.forwardFLOPsPerImage) forward, \
      \(target.trainingFLOPsPerImage) forward and backward
        bytes of a step     \(weightVectorBytes) in \(latents) weight vectors (exchanged for the entropy), \
      \(gradientBytes) in the gradient (all-reduced)
      """
  }

  public var json: JSONValue {
    .object([
      ("kind", .string("configuration")), ("data", .string(configuration.data.title)),
      ("generated_weights", .integer(target.weightCount)),
      ("trainable_numbers", .integer(layout.parameters.count)),
      ("flops_per_image", .integer(target.forwardFLOPsPerImage)),
      ("training_flops_per_image", .integer(target.trainingFLOPsPerImage)),
      ("weight_vector_bytes", .integer(weightVectorBytes)),
      ("gradient_bytes", .integer(gradientBytes)),
      (
        "layers",
        .array(
          zip(target.blocks, layout.sources).map { block, source in
            .object([
              ("name", .string(block.name)), ("kind", .string(kind(block))),
              ("filters", .integer(block.filterCount)),
              ("kernel", .array(block.kernelShape.map { .integer($0) })),
              (
                "output",
                .array(
                  [block.output.channels, block.output.height, block.output.width].map {
                    .integer($0)
                  })
              ), ("weights", .integer(block.count)), ("generator", .integer(source.generator + 1)),
              ("codes", .integer(source.rows.count)),
              ("flops_per_image", .integer(block.forwardFLOPs)),
            ])
          })
      ),
      (
        "sub_networks",
        .array(
          ([layout.extractor] + layout.generators).map { perceptron in
            .object([
              ("widths", .array(perceptron.widths.map { .integer($0) })),
              ("rows_per_latent", .integer(perceptron.rowsPerLatent)),
              ("trainable_numbers", .integer(count(perceptron))),
            ])
          })
      ),
    ])
  }
}
