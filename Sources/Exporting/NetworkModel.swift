// Models as other programs take them: what each kind of file computes.

import Files
import Hypernetworks
import Numerics
import TargetNetworks

/// A model to be written as an ONNX file.
public struct NetworkModel {
  private let model: ONNXModel

  /// A hypernetwork alone: `latents` in, the tensors of a file of samples out.
  public init(generator parameters: HypernetworkParameters, gauge: Gauge, about: ModelMetadata) {
    let builder = GraphBuilder()
    let latents = Self.latents(parameters, builder)
    let tensors = HypernetworkGraph(parameters: parameters, gauge: gauge, builder: builder)
      .append(latents: latents.name)
    let blocks = parameters.layout.target.blocks
    let outputs = zip(blocks, tensors).flatMap { block, tensors in
      zip(tensors.values, TargetTensors.shapes(of: block)).map { name, shape in
        ONNXValue(name: name, shape: [.named("networks")] + shape.map { .fixed($0) })
      }
    }
    model = ONNXModel(
      graph: builder.graph("generator", inputs: [latents], outputs: outputs),
      documentation: "A hypernetwork: from latents to all weights of target networks.",
      metadata: about.entries(of: parameters.layout.architecture))
  }

  /// A hypernetwork and the networks that it generates: `latents` and `inputs` in, what each network and all together say out.
  ///
  /// Normalizations take means and variances from further images, `statistics_inputs`, one batch.
  public init(
    ensemble parameters: HypernetworkParameters, gauge: Gauge,
    units: DataUnits, about: ModelMetadata
  ) {
    let builder = GraphBuilder()
    let target = parameters.layout.target
    let ends = EnsembleGraph(target: target, units: units, builder: builder)
    let latents = Self.latents(parameters, builder)
    let inputs = ends.inputs()
    let statistics = target.isNormalized ? ends.statisticsInputs() : nil
    let tensors = HypernetworkGraph(parameters: parameters, gauge: gauge, builder: builder)
      .append(latents: latents.name)
    let logits = Self.logits(
      of: target, tensors, inputs: ends.normalize(inputs),
      statisticsInputs: statistics.map(ends.normalize), as: ends.outputName, builder)
    model = ONNXModel(
      graph: builder.graph(
        "ensemble", inputs: [latents, inputs] + (statistics.map { [$0] } ?? []),
        outputs: ends.append(outputs: logits, networks: .named("networks"))),
      documentation:
        "A hypernetwork and the networks that it generates from latents, run on inputs.",
      metadata: about.entries(of: parameters.layout.architecture))
  }

  /// Networks with their weights: `inputs` in, what each network and all together say out.
  public init(
    networks: NetworkWeights, units: DataUnits, about: ModelMetadata
  ) {
    let builder = GraphBuilder()
    let target = networks.target
    let ends = EnsembleGraph(target: target, units: units, builder: builder)
    let inputs = ends.inputs()
    let moments = target.blocks.enumerated().filter(\.element.isNormalized).map { index, block in
      (index, networks.moments(block, in: builder))
    }
    let graph = TargetGraph(
      architecture: target, networkCount: networks.count,
      tensors: target.blocks.map { networks.tensors($0, in: builder) },
      statistics: .given(Dictionary(uniqueKeysWithValues: moments)), builder: builder)
    let logits = graph.append(inputs: ends.normalize(inputs))
    // Where there are several, their axis is the first.
    let stacked =
      networks.count == 1
      ? builder.insertAxis(logits, at: 1, as: ends.outputName)
      : builder.transpose(logits, [1, 0, 2], as: ends.outputName)
    model = ONNXModel(
      graph: builder.graph(
        "networks", inputs: [inputs],
        outputs: ends.append(outputs: stacked, networks: .fixed(networks.count))),
      documentation: "\(networks.count) trained networks of one architecture, run on inputs.",
      metadata: about.entries(of: nil))
  }

  /// The file, piece by piece.
  public var pieces: [[UInt8]] { model.message.pieces }

  /// A file's most bytes, which its numbers must stay below.
  public static var mostBytes: Int { ONNXModel.mostBytes }

  private static func latents(_ parameters: HypernetworkParameters, _ builder: GraphBuilder)
    -> ONNXValue
  {
    let architecture = parameters.layout.architecture
    return builder.input(
      "latents", [.named("networks"), .fixed(architecture.latentSize)],
      "one latent for each network, \(architecture.priorText)")
  }

  /// Runs a network at a time: (images, networks, classes).
  private static func logits(
    of target: TargetArchitecture, _ tensors: [TargetTensors], inputs: String,
    statisticsInputs: String?, as name: String, _ builder: GraphBuilder
  ) -> String {
    let inner = builder.inner()
    var own: [ONNXValue] = []
    let ownTensors = zip(target.blocks, tensors).map { block, tensors in
      let values = zip(tensors.values, TargetTensors.shapes(of: block)).map { name, shape in
        let value = inner.input("network/\(name)", shape.map { .fixed($0) })
        own.append(value)
        return value.name
      }
      return TargetTensors(block, values)
    }
    func graph(_ statistics: TargetGraph.Statistics) -> TargetGraph {
      TargetGraph(
        architecture: target, networkCount: 1, tensors: ownTensors, statistics: statistics,
        builder: inner)
    }
    var moments: [Int: TargetGraph.Moments] = [:]
    if let statisticsInputs {
      moments = inner.within("statistics") {
        graph(.measured).measure(inputs: statisticsInputs)
      }
    }
    let logits = inner.within("network") { graph(.given(moments)).append(inputs: inputs) }
    let body = inner.graph(
      "network", inputs: own,
      outputs: [
        ONNXValue(name: logits, shape: [.named("batch"), .fixed(target.classCount)])
      ])
    return builder.add(
      "Scan", tensors.flatMap(\.values),
      [
        "body": .graph(body.message), "num_scan_inputs": .integer(own.count),
        "scan_output_axes": .integers([1]),
      ], as: name)
  }
}
