// Generating target networks from a trained hypernetwork, one at a time.

import Kernels
import Numerics

/// Maps single latents to weight vectors with the running averages of batch normalization.
///
/// Every network is computed alone, with fixed shapes, so it is the same whichever others are
/// generated beside it. One sampler a thread; it follows the parameters as they change.
public final class WeightSampler: Sendable {
  public let parameters: HypernetworkParameters
  private let assembly: WeightAssembly
  private let trace: GaugeTrace
  private let codes: AlignedBuffer<Float>
  /// Of each weight generator, (its rows a latent, width).
  private let inputs: [SharedBuffer<Float>]
  private let outputs: [SharedBuffer<Float>]
  private let inputRows: [RowBlock]
  private let outputRows: [RowBlock]
  /// Two buffers that a perceptron's layers use in turn.
  private let ping: AlignedBuffer<Float>
  private let pong: AlignedBuffer<Float>
  /// Of one normalization's features.
  private let numbers: AlignedBuffer<Float>

  public init(parameters: HypernetworkParameters, fixesGauge: Gauge) {
    self.parameters = parameters
    let layout = parameters.layout
    assembly = WeightAssembly(parameters, gauge: fixesGauge)
    trace = assembly.gauge.trace(vectorCount: 1, threadCount: 1)
    codes = AlignedBuffer(count: layout.codeCount)
    inputs = layout.generators.map { SharedBuffer(count: $0.rowsPerLatent * $0.inputWidth) }
    outputs = layout.generators.map { SharedBuffer(count: $0.rowsPerLatent * $0.outputWidth) }
    func rows(_ buffers: [SharedBuffer<Float>]) -> [RowBlock] {
      zip(layout.generators, buffers).map {
        RowBlock(rows: 0..<$0.rowsPerLatent, values: $1.view)
      }
    }
    inputRows = rows(inputs)
    outputRows = rows(outputs)
    let perceptrons = [layout.extractor] + layout.generators
    let largest = perceptrons.map { $0.rowsPerLatent * MatrixView.padded($0.widths.max()!) }.max()!
    ping = AlignedBuffer(count: largest)
    pong = AlignedBuffer(count: largest)
    numbers = AlignedBuffer(
      count: NormalizedFeatures.count(width: perceptrons.map { $0.widths.max()! }.max()!))
  }

  /// Overwrites `weights` (D) with the network of `latent` (d), after gauge fixing.
  public func generate(from latent: FloatView, into weights: FloatView) {
    run(parameters.layout.extractor, rows: 1, latent, into: codes.view)
    assembly.distribute(codes.view, of: 0, to: inputRows)
    for block in assembly.blocks {
      run(
        parameters.layout.generators[block.generator], rows: block.rows.count,
        block.input(of: 0, in: inputRows).numbers,
        into: block.output(of: 0, in: outputRows).numbers)
    }
    assembly.assemble(0, latent, from: outputRows, into: weights, trace.place(of: 0))
  }

  private func run(
    _ perceptron: Perceptron, rows: Int, _ input: FloatView, into output: FloatView
  ) {
    let architecture = parameters.layout.architecture
    var current = MatrixView(input, rows: rows, columns: perceptron.inputWidth)
    for layer in 0..<perceptron.depth {
      let width = perceptron.widths[layer + 1]
      let isLast = layer == perceptron.depth - 1
      let columns = isLast ? width : MatrixView.padded(width)
      let buffer = isLast ? output : (layer % 2 == 0 ? ping.view : pong.view)
      let next = MatrixView(buffer.slice(0, rows * columns), rows: rows, columns: columns)
      MatrixProduct.multiply(
        current.values, strideA: current.step,
        parameters.values.slice(perceptron.weights[layer].range), transposeB: true,
        into: next.values, strideC: next.step, rows: rows, columns: width,
        inner: perceptron.widths[layer])
      if isLast { break }
      PerceptronKernels.activate(next.values, leak: architecture.leak)
      PerceptronKernels.normalize(
        next,
        parameters.runningFeatures(
          perceptron, behind: layer,
          in: numbers.view.slice(0, NormalizedFeatures.count(width: width))),
        skipped: perceptron.skips[layer] ? current : nil, into: next)
      current = next
    }
  }
}
