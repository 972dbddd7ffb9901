// Convolutions and fully connected layers as what they are: lists of products.

/// An operator y[k] = b[filter of k] + sum of x[i] * w[j] over its terms (i, j, k), in Double; x, y and
/// the flat weights (kernel, then bias, filter by filter) are row-major lists.
struct NaiveBilinear {
  var terms: [(x: Int, weight: Int, y: Int)] = []
  var biases: [(weight: Int, y: Int)] = []
  var inputCount = 0
  var weightCount = 0
  var outputCount = 0

  static func fullyConnected(images: Int, inputs: Int, outputs: Int) -> Self {
    var made = Self()
    made.inputCount = images * inputs
    made.weightCount = outputs * (inputs + 1)
    made.outputCount = images * outputs
    for image in 0..<images {
      for output in 0..<outputs {
        let y = image * outputs + output
        for input in 0..<inputs {
          made.terms.append((image * inputs + input, output * (inputs + 1) + input, y))
        }
        made.biases.append((output * (inputs + 1) + inputs, y))
      }
    }
    return made
  }

  /// `padding` is (rows above, columns to the left); `rows` and `columns` are those of the output.
  static func convolution(
    images: Int, channels: Int, height: Int, width: Int, filters: Int, size: Int, stride: Int,
    padding: (Int, Int), rows: Int, columns: Int
  ) -> Self {
    var made = Self()
    let filterSize = channels * size * size + 1
    made.inputCount = images * channels * height * width
    made.weightCount = filters * filterSize
    made.outputCount = images * filters * rows * columns
    for image in 0..<images {
      for filter in 0..<filters {
        for row in 0..<rows {
          for column in 0..<columns {
            let y = ((image * filters + filter) * rows + row) * columns + column
            made.biases.append((filter * filterSize + filterSize - 1, y))
            for channel in 0..<channels {
              for u in 0..<size {
                for v in 0..<size {
                  let (i, j) = (row * stride + u - padding.0, column * stride + v - padding.1)
                  guard (0..<height).contains(i), (0..<width).contains(j) else { continue }
                  made.terms.append(
                    (
                      ((image * channels + channel) * height + i) * width + j,
                      filter * filterSize + (channel * size + u) * size + v, y
                    ))
                }
              }
            }
          }
        }
      }
    }
    return made
  }

  func forward(_ x: [Double], _ weights: [Double]) -> [Double] {
    var y = [Double](repeating: 0, count: outputCount)
    for bias in biases { y[bias.y] = weights[bias.weight] }
    for term in terms { y[term.y] += x[term.x] * weights[term.weight] }
    return y
  }

  func gradients(_ x: [Double], _ weights: [Double], _ outputGradient: [Double]) -> (
    source: [Double], weights: [Double]
  ) {
    var source = [Double](repeating: 0, count: inputCount)
    var weight = [Double](repeating: 0, count: weightCount)
    for bias in biases { weight[bias.weight] += outputGradient[bias.y] }
    for term in terms {
      source[term.x] += outputGradient[term.y] * weights[term.weight]
      weight[term.weight] += outputGradient[term.y] * x[term.x]
    }
    return (source, weight)
  }
}
