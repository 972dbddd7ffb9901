// How a weight vector is put together from what the weight generators yield.

import Numerics
import TargetNetworks

/// The way from the extractor's codes through the generators' inputs and outputs to weight vectors with the gauge
/// fixed, and back: the same in training and where single networks are generated.
///
/// A generator's inputs and outputs are (latents, its rows a latent, width), or some rows of those.
struct WeightAssembly: Sendable {
  /// A target layer's weights and where they come from.
  struct Block: Sendable {
    let generator: Int
    /// Rows of the generator's batch of one latent, of how many.
    let rows: Range<Int>
    let rowsPerLatent: Int
    let inputWidth: Int
    let outputWidth: Int
    /// Within the extractor's output.
    let codes: Range<Int>
    /// Within the weight vector.
    let weights: Range<Int>

    /// A latent's numbers of this block, as far as they are there, in the generators' inputs or their gradients, and their place among its
    /// codes.
    func input(of latent: Int, in buffers: [RowBlock]) -> (place: Range<Int>, numbers: FloatView) {
      buffers[generator].part(of: rows(of: latent), width: inputWidth)
    }

    /// The same, in the generators' outputs or their gradients; the place is among its weights.
    func output(of latent: Int, in buffers: [RowBlock]) -> (place: Range<Int>, numbers: FloatView) {
      buffers[generator].part(of: rows(of: latent), width: outputWidth)
    }

    private func rows(of latent: Int) -> Range<Int> {
      let first = latent * rowsPerLatent
      return first + rows.lowerBound..<first + rows.upperBound
    }
  }

  let blocks: [Block]
  let gauge: GaugeTransform
  private let scaling: OutputScaling?
  private let center: FreeCenter?
  private let target: TargetArchitecture
  let latentSize: Int
  let codeCount: Int
  let weightCount: Int

  init(_ parameters: HypernetworkParameters, gauge: Gauge) {
    let layout = parameters.layout
    scaling = OutputScaling(layout)
    center = FreeCenter(parameters)
    target = layout.target
    self.gauge = GaugeTransform(gauge, target: layout.target)
    latentSize = layout.latentSize
    codeCount = layout.codeCount
    weightCount = layout.weightCount
    blocks = zip(layout.sources, layout.target.blocks).map { source, block in
      let generator = layout.generators[source.generator]
      return Block(
        generator: source.generator, rows: source.rows, rowsPerLatent: generator.rowsPerLatent,
        inputWidth: generator.inputWidth, outputWidth: generator.outputWidth,
        codes: source.codeOffset..<source.codeOffset + source.rows.count * generator.inputWidth,
        weights: block.range)
    }
  }

  /// Copies a latent's codes to those of the generators' inputs that are there.
  func distribute(_ codes: FloatView, of latent: Int, to inputs: [RowBlock]) {
    for block in blocks {
      let (place, numbers) = block.input(of: latent, in: inputs)
      numbers.copy(from: codes.slice(block.codes).slice(place))
    }
  }

  /// Overwrites `weights` (D) with a latent's weight vector from the generators' outputs. `z` (d) is the latent itself.
  func assemble(
    _ latent: Int, _ z: FloatView, from outputs: [RowBlock], into weights: FloatView,
    _ trace: GaugeTrace.Place
  ) {
    for block in blocks {
      let (place, numbers) = block.output(of: latent, in: outputs)
      weights.slice(block.weights).slice(place).copy(from: numbers)
    }
    scaling?.apply(to: weights)
    center?.add(of: z, to: weights)
    target.clearUnused(weights)
    gauge.apply(to: weights, trace)
  }

  /// Takes dL/d(weights) of a latent's weight vector (D, overwritten with that before the gauge was fixed) back to those of the
  /// generators' outputs that are there. `weights` and `trace` are as ``assemble(_:_:from:into:_:)`` left them.
  func disassemble(
    _ gradient: FloatView, weights: FloatView, of latent: Int, to outputGradients: [RowBlock],
    _ trace: GaugeTrace.Place
  ) {
    gauge.backward(gradient, weights: weights, trace)
    target.clearUnused(gradient)
    for block in blocks {
      let (place, output) = block.output(of: latent, in: outputGradients)
      let own = gradient.slice(block.weights).slice(place)
      if let scaling {
        scaling.backward(own, from: block.weights.lowerBound + place.lowerBound, into: output)
      } else {
        output.copy(from: own)
      }
    }
  }

  /// Overwrites dL/d(codes) of a latent from the generators' input gradients.
  func collect(_ codes: FloatView, of latent: Int, from inputGradients: [RowBlock]) {
    for block in blocks {
      let (place, numbers) = block.input(of: latent, in: inputGradients)
      codes.slice(block.codes).slice(place).copy(from: numbers)
    }
  }
}
