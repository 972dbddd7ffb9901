// What the phases of a hypernetwork's step must compute and move.

/// Floating-point operations of matrix products, 2 a multiply-add, and the bytes that must come from memory or go there if only what
/// one pass over rows needs stays in the caches: what a roofline compares a phase with.
public struct HypernetworkWork: Sendable, Equatable {
  public let flops: Double
  public let bytes: Double

  /// Latents to weight vectors. Of each layer the weights, the input (made by a hidden layer's normalization from what the layer below
  /// wrote) and the output once; of each vector generator outputs read and weights written.
  public static func generate(_ layout: HypernetworkLayout, latents: Int) -> HypernetworkWork {
    sum(layout, latents: latents) { layer in
      (
        2 * layer.rows * layer.weights,
        layer.weights + layer.rows * layer.inputs * (layer.isFirst ? 1 : 2)
          + layer.rows * layer.outputs
      )
    } vectors: {
      2 * $0
    }
  }

  /// dL/d(weights) to dL/d(parameters), on one rank. Of each layer the weights read and their gradient written; the gradient of a hidden
  /// layer's output read, rewritten behind its normalization, whose input is read, and read again with the layer's input for the
  /// weights' gradient; the input's gradient written, and beside it what the normalization below reads.
  public static func backward(_ layout: HypernetworkLayout, latents: Int) -> HypernetworkWork {
    sum(layout, latents: latents) { layer in
      (
        (layer.isExtractorsFirst ? 2 : 4) * layer.rows * layer.weights,
        (layer.isExtractorsFirst ? 1 : 2) * layer.weights
          + layer.rows * layer.outputs * (layer.isLast ? 2 : 4)
          + layer.rows * layer.inputs * (layer.isExtractorsFirst ? 1 : layer.isFirst ? 2 : 3)
      )
    } vectors: {
      2 * $0
    }
  }

  /// One step of Adam: parameters and moments read and written, the gradient looked through and read.
  public static func optimizer(_ layout: HypernetworkLayout) -> HypernetworkWork {
    let count = Double(layout.parameters.count)
    return HypernetworkWork(flops: 0, bytes: 32 * count)
  }

  /// A layer of a perceptron; numbers of rows of all latents, and of weights.
  private struct Layer {
    let rows: Double
    let inputs: Double
    let outputs: Double
    let isFirst: Bool
    let isLast: Bool
    let isExtractorsFirst: Bool
    var weights: Double { inputs * outputs }
  }

  private static func sum(
    _ layout: HypernetworkLayout, latents: Int,
    _ work: (Layer) -> (flops: Double, numbers: Double), vectors: (Double) -> Double
  ) -> HypernetworkWork {
    var (flops, numbers) = (0.0, vectors(Double(latents) * Double(layout.weightCount)))
    for (index, perceptron) in ([layout.extractor] + layout.generators).enumerated() {
      for layer in 0..<perceptron.depth {
        let part = work(
          Layer(
            rows: Double(latents) * Double(perceptron.rowsPerLatent),
            inputs: Double(perceptron.widths[layer]), outputs: Double(perceptron.widths[layer + 1]),
            isFirst: layer == 0, isLast: layer == perceptron.depth - 1,
            isExtractorsFirst: index == 0 && layer == 0))
        flops += part.flops
        numbers += part.numbers
      }
    }
    return HypernetworkWork(flops: flops, bytes: 4 * numbers)
  }
}
