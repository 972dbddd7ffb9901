// The operators of target networks, written down as their formulas are, in Double.

import Glibc
import Numerics

/// Operators and their gradients by plain loops. Filters are flat: kernel (in, kH, kW), then bias.
public enum Naive {
  public struct Convolution: Sendable {
    public var filters: Int
    public var size: (rows: Int, columns: Int)
    public var stride: Int
    /// Zeros around the image so that ceil(length / stride) outputs result; else none.
    public var same: Bool
    /// Zeros on every side, where not `same`.
    public var zeros = 0

    public init(filters: Int, size: Int, stride: Int, same: Bool) {
      (self.filters, self.stride, self.same) = (filters, stride, same)
      self.size = (size, size)
    }

    /// A fully connected layer is a convolution whose filters are as large as the image.
    public init(fullyConnected outputs: Int, on input: ImageShape) {
      (filters, stride, same) = (outputs, 1, false)
      size = (input.height, input.width)
    }

    public func filterSize(_ input: ImageShape) -> Int {
      input.channels * size.rows * size.columns + 1
    }

    private func axis(_ length: Int, _ kernel: Int) -> (outputs: Int, before: Int) {
      guard same else { return ((length + 2 * zeros - kernel) / stride + 1, zeros) }
      // TensorFlow's rule, in its own two cases.
      let behindLastStart = length % stride == 0 ? stride : length % stride
      return ((length + stride - 1) / stride, max(kernel - behindLastStart, 0) / 2)
    }

    public func output(_ input: ImageShape) -> ImageShape {
      ImageShape(
        channels: filters, height: axis(input.height, size.rows).outputs,
        width: axis(input.width, size.columns).outputs)
    }

    /// Calls `body(output index, source index, weight index)` for every product of the convolution.
    @inline(__always)
    private func forEachProduct(_ x: NaiveImages, _ body: (Int, Int, Int) -> Void) {
      let (shape, y) = (x.shape, output(x.shape))
      let top = axis(shape.height, size.rows).before
      let left = axis(shape.width, size.columns).before
      var out = 0
      for n in 0..<x.count {
        for o in 0..<filters {
          for i in 0..<y.height {
            for j in 0..<y.width {
              var weight = o * filterSize(shape)
              for c in 0..<shape.channels {
                for u in 0..<size.rows {
                  for v in 0..<size.columns {
                    let (row, column) = (i * stride + u - top, j * stride + v - left)
                    if row >= 0 && row < shape.height && column >= 0 && column < shape.width {
                      body(out, x.index(n, c, row, column), weight)
                    }
                    weight += 1
                  }
                }
              }
              out += 1
            }
          }
        }
      }
    }

    public func forward(_ x: NaiveImages, weights: [Double]) -> NaiveImages {
      var y = NaiveImages(count: x.count, shape: output(x.shape))
      let pixels = y.shape.height * y.shape.width
      for index in y.values.indices {
        let filter = index / pixels % filters
        y.values[index] = weights[(filter + 1) * filterSize(x.shape) - 1]
      }
      forEachProduct(x) { y.values[$0] += x.values[$1] * weights[$2] }
      return y
    }

    public func backward(_ x: NaiveImages, weights: [Double], outputGradient: NaiveImages)
      -> (source: NaiveImages, weights: [Double])
    {
      var source = NaiveImages(count: x.count, shape: x.shape)
      var filterGradient = [Double](repeating: 0, count: weights.count)
      let g = outputGradient.values
      let pixels = outputGradient.shape.height * outputGradient.shape.width
      for index in g.indices {
        let filter = index / pixels % filters
        filterGradient[(filter + 1) * filterSize(x.shape) - 1] += g[index]
      }
      forEachProduct(x) {
        source.values[$1] += g[$0] * weights[$2]
        filterGradient[$2] += g[$0] * x.values[$1]
      }
      return (source, filterGradient)
    }
  }

  public static func relu(_ x: NaiveImages) -> NaiveImages {
    var y = x
    for index in y.values.indices { y.values[index] = max(x.values[index], 0) }
    return y
  }

  public static func reluGradient(_ y: NaiveImages, outputGradient: NaiveImages) -> NaiveImages {
    var gradient = outputGradient
    for index in y.values.indices where !(y.values[index] > 0) { gradient.values[index] = 0 }
    return gradient
  }

  public static func leakyReLU(_ x: NaiveImages, slope: Double) -> NaiveImages {
    var y = x
    for index in y.values.indices where x.values[index] < 0 { y.values[index] *= slope }
    return y
  }

  public static func leakyReLUGradient(
    _ y: NaiveImages, slope: Double, outputGradient: NaiveImages
  ) -> NaiveImages {
    var gradient = outputGradient
    for index in y.values.indices where !(y.values[index] > 0) { gradient.values[index] *= slope }
    return gradient
  }

  public static func tanh(_ x: NaiveImages) -> NaiveImages {
    var y = x
    for index in y.values.indices { y.values[index] = Glibc.tanh(x.values[index]) }
    return y
  }

  public static func tanhGradient(_ y: NaiveImages, outputGradient: NaiveImages) -> NaiveImages {
    var gradient = outputGradient
    for index in y.values.indices {
      gradient.values[index] *= 1 - y.values[index] * y.values[index]
    }
    return gradient
  }

  public struct Pooling: Sendable {
    public enum Kind: Sendable { case max, average }
    public var kind: Kind
    public var size: Int
    public var stride: Int

    public init(_ kind: Kind, size: Int, stride: Int) {
      (self.kind, self.size, self.stride) = (kind, size, stride)
    }

    public func output(_ input: ImageShape) -> ImageShape {
      ImageShape(
        channels: input.channels, height: (input.height - size) / stride + 1,
        width: (input.width - size) / stride + 1)
    }

    /// Calls `body(output index, source indices of the window)` for every window.
    private func forEachWindow(_ x: NaiveImages, _ body: (Int, [Int]) -> Void) {
      let y = output(x.shape)
      var out = 0
      for n in 0..<x.count {
        for c in 0..<y.channels {
          for i in 0..<y.height {
            for j in 0..<y.width {
              let window = (0..<size * size).map {
                x.index(n, c, i * stride + $0 / size, j * stride + $0 % size)
              }
              body(out, window)
              out += 1
            }
          }
        }
      }
    }

    public func forward(_ x: NaiveImages) -> NaiveImages {
      var y = NaiveImages(count: x.count, shape: output(x.shape))
      forEachWindow(x) { out, window in
        let values = window.map { x.values[$0] }
        y.values[out] =
          kind == .max ? values.max()! : values.reduce(0, +) / Double(values.count)
      }
      return y
    }

    /// The largest element's gradient goes to the first of equals.
    public func backward(_ x: NaiveImages, outputGradient: NaiveImages) -> NaiveImages {
      var source = NaiveImages(count: x.count, shape: x.shape)
      forEachWindow(x) { out, window in
        let g = outputGradient.values[out]
        switch kind {
        case .average:
          for index in window { source.values[index] += g / Double(window.count) }
        case .max:
          let largest = window.map { x.values[$0] }.max()!
          source.values[window.first { x.values[$0] == largest }!] += g
        }
      }
      return source
    }
  }
}
