// How a weight vector is put together from what the weight generators yield.

import Numerics
import TargetNetworks

/// The way from the extractor's codes through the generators' inputs and outputs to weight vectors with the gauge
/// fixed, and back: the same in training and where single networks are generated.
///
/// A generator's inputs and outputs are (latents, its rows a latent, width).
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

    /// A latent's rows of this block, in the generator's input or its gradient.
    func input(of latent: Int, in buffers: [FloatView]) -> FloatView {
      slice(latent, inputWidth, buffers)
    }

    /// The same, in the generator's output or its gradient.
    func output(of latent: Int, in buffers: [FloatView]) -> FloatView {
      slice(latent, outputWidth, buffers)
    }

    private func slice(_ latent: Int, _ width: Int, _ buffers: [FloatView]) -> FloatView {
      buffers[generator].slice(
        (latent * rowsPerLatent + rows.lowerBound) * width, rows.count * width)
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

  /// Copies a latent's codes to the generators' inputs.
  func distribute(_ codes: FloatView, of latent: Int, to inputs: [FloatView]) {
    for block in blocks {
      block.input(of: latent, in: inputs).copy(from: codes.slice(block.codes))
    }
  }

  /// Overwrites `weights` (D) with a latent's weight vector from the generators' outputs. `z` (d) is the latent itself.
  func assemble(
    _ latent: Int, _ z: FloatView, from outputs: [FloatView], into weights: FloatView,
    _ trace: GaugeTrace.Place
  ) {
    for block in blocks {
      weights.slice(block.weights).copy(from: block.output(of: latent, in: outputs))
    }
    scaling?.apply(to: weights)
    center?.add(of: z, to: weights)
    target.clearUnused(weights)
    gauge.apply(to: weights, trace)
  }

  /// Takes dL/d(weights) of a latent's weight vector (D, overwritten with that before the gauge was fixed) back to the
  /// generators' outputs. `weights` and `trace` are as ``assemble(_:_:from:into:_:)`` left them.
  func disassemble(
    _ gradient: FloatView, weights: FloatView, of latent: Int, to outputGradients: [FloatView],
    _ trace: GaugeTrace.Place
  ) {
    gauge.backward(gradient, weights: weights, trace)
    target.clearUnused(gradient)
    for block in blocks {
      let (own, output) = (
        gradient.slice(block.weights), block.output(of: latent, in: outputGradients)
      )
      if let scaling {
        scaling.backward(own, from: block.weights.lowerBound, into: output)
      } else {
        output.copy(from: own)
      }
    }
  }

  /// Overwrites dL/d(codes) of a latent from the generators' input gradients.
  func collect(_ codes: FloatView, of latent: Int, from inputGradients: [FloatView]) {
    for block in blocks {
      codes.slice(block.codes).copy(from: block.input(of: latent, in: inputGradients))
    }
  }
}
