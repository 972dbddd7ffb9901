// From latents to the weights of networks, as operators.

import Hypernetworks
import Numerics
import TargetNetworks

/// Appends a hypernetwork: extractor, weight generators, and the way from there to weights with the gauge fixed
/// (``WeightAssembly``).
struct HypernetworkGraph {
  let parameters: HypernetworkParameters
  let gauge: Gauge
  let builder: GraphBuilder

  private var layout: HypernetworkLayout { parameters.layout }

  /// From latents, (networks, d), to each layer's tensors, (networks, ...), under the names that files of samples have.
  func append(latents: String) -> [TargetTensors] {
    let blocks = layout.target.blocks
    let assembled = assemble(generate(latents), latents)
    let parts = builder.split(assembled, blocks.map(\.count), axis: 1)
    let filters = zip(blocks, parts).map { block, part in
      builder.reshape(part, [-1, block.filterCount, block.filterSize])
    }
    let fixed = GaugeGraph(
      gauge: GaugeTransform(gauge, target: layout.target), blocks: blocks, builder: builder
    ).append(filters)
    return zip(blocks, fixed).map(tensors)
  }

  /// What the generators yield for each block, (networks, numbers of the block).
  private func generate(_ latents: String) -> [String] {
    let perceptrons = PerceptronGraph(parameters: parameters, builder: builder)
    let codes = builder.within("extractor") {
      let all = perceptrons.append(layout.extractor, input: latents)
      return builder.split(
        all,
        layout.sources.map { $0.rows.count * layout.generators[$0.generator].inputWidth }, axis: 1)
    }
    return zip(zip(layout.sources, layout.target.blocks), codes).map { place, codes in
      let (source, block) = place
      return builder.within("generator\(source.generator + 1)/\(block.name)") {
        let generator = layout.generators[source.generator]
        let output = perceptrons.append(
          generator, input: builder.reshape(codes, [-1, generator.inputWidth]))
        return builder.reshape(output, [-1, block.count])
      }
    }
  }

  /// Weight vectors before the gauge is fixed, (networks, D).
  private func assemble(_ outputs: [String], _ latents: String) -> String {
    builder.within("assembly") {
      let count = layout.weightCount
      var weights = builder.concatenate(outputs, axis: 1)
      if let scaling = OutputScaling(layout) {
        weights = builder.add(
          "Mul",
          [weights, builder.constant("assembly/factors", shape: [count], scaling.factors.view)])
        if let means = scaling.means {
          weights = builder.add(
            "Add", [weights, builder.constant("assembly/means", shape: [count], means.view)])
        }
      }
      if let center = FreeCenter(parameters) {
        weights = builder.add("Add", [weights, append(center, latents)])
      }
      return clearUnused(weights)
    }
  }

  /// Sets to 0 what is no weight of any network (``TargetArchitecture/clearUnused(_:)``).
  private func clearUnused(_ weights: String) -> String {
    let used = SharedBuffer<Float>(count: layout.weightCount)
    used.view.fill(1)
    layout.target.clearUnused(used.view)
    guard used.view.array.contains(0) else { return weights }
    return builder.add(
      "Mul",
      [weights, builder.constant("assembly/used", shape: [layout.weightCount], used.view)])
  }

  /// (1, D), or of each network (networks, D) where the latents choose among centres.
  private func append(_ center: FreeCenter, _ latents: String) -> String {
    let centers = builder.constant(
      "center/weight", shape: [center.count, center.weightCount], center.values)
    guard let coordinate = center.modeCoordinate else { return centers }
    let rest = layout.latentSize - center.count
    let own = builder.split(latents, [center.count] + (rest > 0 ? [rest] : []), axis: 1)[0]
    let unit = builder.constant("center/coordinate", shape: [1], [coordinate])
    return builder.add("MatMul", [builder.add("Div", [own, unit]), centers])
  }

  /// Cuts (networks, filters, numbers of a filter) into kernel and bias, or kernel, scale and shift.
  private func tensors(_ block: TargetArchitecture.Block, _ filters: String) -> TargetTensors {
    let behind = block.filterSize - block.kernelCount
    let parts = builder.split(
      filters, [block.kernelCount] + [Int](repeating: 1, count: behind), axis: 2)
    let values = zip(
      parts, zip(TargetTensors.names(of: block), TargetTensors.shapes(of: block))
    ).map { part, place in builder.reshape(part, [-1] + place.1, as: place.0) }
    return TargetTensors(block, values)
  }
}
