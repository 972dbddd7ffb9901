// Which pixels and taps meet in a convolution, position by position.

import Numerics

/// The products that are summed at each position of an image whose vectors hold sixteen images each.
///
/// At (row, column) the sum runs over `depth` ``planes`` and the pairs of the position's ``range(_:_:)``: weight
/// `depth index * weightStep + weight` times the vector at `base(row, column) + depth index * vectorStep + vector`. Taps that
/// would meet pixels over the border are not among the pairs. Positions far from the border share theirs.
struct LaneTaps {
  /// The positions of an axis.
  private struct Axis {
    /// Kinds of positions: the taps, and how far the pixel that each meets is from the first one's.
    var kinds: [[SIMD2<Int>]] = []
    /// For each position: its kind, and the first pixel.
    var positions: [(kind: Int, first: Int)] = []

    /// - Parameter meets: the pixel that a tap meets at a position, if there is one.
    init(count: Int, taps: Int, meets: (_ position: Int, _ tap: Int) -> Int?) {
      for position in 0..<count {
        let met = (0..<taps).compactMap { tap in meets(position, tap).map { SIMD2(tap, $0) } }
        let first = met.first?[1] ?? 0
        let kind = met.map { SIMD2($0[0], $0[1] - first) }
        let index = kinds.firstIndex(of: kind) ?? kinds.count
        if index == kinds.count { kinds.append(kind) }
        positions.append((index, first))
      }
    }
  }

  /// How products go on from plane to plane.
  struct Planes {
    /// The source's channels, or the output's.
    let depth: Int
    let weightStep: Int
    let vectorStep: Int
  }

  let planes: Planes
  /// Pairs (weight, vector) of all kinds of positions.
  private let pairs: SharedBuffer<Int32>
  private let ranges: [Range<Int>]
  private let rows: Axis
  private let columns: Axis
  private let width: Int

  /// Of the forward pass: pixels of a source of `height` x `width` and `channels` planes.
  init(forward geometry: ConvolutionGeometry, source: [Int], output: [Int]) {
    func axis(_ index: Int) -> Axis {
      let (stride, padding) = (geometry.stride[index], geometry.paddingBefore[index])
      return Axis(count: output[2 + index], taps: geometry.kernel[index]) { position, tap in
        let pixel = position * stride + tap - padding
        return 0..<source[2 + index] ~= pixel ? pixel : nil
      }
    }
    self.init(
      rows: axis(0), columns: axis(1), kernelWidth: geometry.kernel[1], depth: source[1],
      weightStep: geometry.kernel[0] * geometry.kernel[1], height: source[2], width: source[3])
  }

  /// Of the backward pass to the source: pixels of the output, whose filters lie `filterSize` weights apart.
  init(backward geometry: ConvolutionGeometry, source: [Int], output: [Int], filterSize: Int) {
    func axis(_ index: Int) -> Axis {
      let (stride, padding) = (geometry.stride[index], geometry.paddingBefore[index])
      return Axis(count: source[2 + index], taps: geometry.kernel[index]) { position, tap in
        let distance = position + padding - tap
        return distance >= 0 && distance % stride == 0 && distance / stride < output[2 + index]
          ? distance / stride : nil
      }
    }
    self.init(
      rows: axis(0), columns: axis(1), kernelWidth: geometry.kernel[1], depth: output[1],
      weightStep: filterSize, height: output[2], width: output[3])
  }

  private init(
    rows: Axis, columns: Axis, kernelWidth: Int, depth: Int, weightStep: Int, height: Int,
    width: Int
  ) {
    (self.rows, self.columns, self.width) = (rows, columns, width)
    // One kind of position alone: all planes in one list, whose loop is the longer.
    let isFlat = rows.kinds.count == 1 && columns.kinds.count == 1
    let listed = isFlat ? depth : 1
    let vectorStep = height * width * 16
    planes = Planes(
      depth: isFlat ? 1 : depth, weightStep: weightStep, vectorStep: vectorStep)
    var (list, ranges) = ([Int32](), [Range<Int>]())
    for row in rows.kinds {
      for column in columns.kinds {
        let begin = list.count / 2
        for plane in 0..<listed {
          for u in row {
            for v in column {
              list.append(Int32(plane * weightStep + u[0] * kernelWidth + v[0]))
              list.append(Int32(plane * vectorStep + (u[1] * width + v[1]) * 16))
            }
          }
        }
        ranges.append(begin..<list.count / 2)
      }
    }
    self.ranges = ranges
    pairs = SharedBuffer(count: list.count)
    pairs.view.copy(from: list)
  }

  /// The pairs of a position, two numbers each.
  func list(_ row: Int, _ column: Int) -> VectorView<Int32> {
    let kind = rows.positions[row].kind * columns.kinds.count + columns.positions[column].kind
    let range = ranges[kind]
    return pairs.view.slice(2 * range.lowerBound, 2 * range.count)
  }

  func base(_ row: Int, _ column: Int) -> Int {
    (rows.positions[row].first * width + columns.positions[column].first) * 16
  }
}
