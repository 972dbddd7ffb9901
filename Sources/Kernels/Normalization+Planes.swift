// What a normalization does to the pixels of one image and block of channels.

import Numerics

extension Normalization {
  struct SumDistances<View: LaneView>: PlaneWork, @unchecked Sendable {
    let made: Normalization
    func callAsFunction(_ image: Int, _ block: Int) {
      made.sumDistances(View.self, image, block, from: made.pivot(View.self, block))
    }
  }

  struct Normalize<View: LaneView>: PlaneWork, @unchecked Sendable {
    let made: Normalization
    func callAsFunction(_ image: Int, _ block: Int) {
      made.normalizePlane(
        View.self, image, block, factors: made.coefficient(.factor, block),
        offsets: made.coefficient(.offset, block))
    }
  }

  struct SumGradients<View: LaneView>: PlaneWork, @unchecked Sendable {
    let made: Normalization
    let outputGradient: Tensor
    func callAsFunction(_ image: Int, _ block: Int) {
      let gradient: View = made.plane(outputGradient, image, block)
      if made.masksBySource {
        made.addShortcutGradient(image, block, to: gradient)
        made.sumPlane(image, block, gradient)
      } else if let other: View = made.shortcutGradient?.wholePlane(image, block) {
        made.maskAndSumPlane(image, block, gradient, isAdded: true) { [made] index in
          made.prefetch(other, index)
          return gradient.vector16(at: index) + other.vector16(at: index)
        }
      } else {
        made.addShortcutGradient(image, block, to: gradient)
        made.maskAndSumPlane(image, block, gradient, isAdded: false) {
          gradient.vector16(at: $0)
        }
      }
    }
  }

  struct ToSource<View: LaneView>: PlaneWork, @unchecked Sendable {
    let made: Normalization
    let outputGradient: Tensor
    let sourceGradient: Tensor
    func callAsFunction(_ image: Int, _ block: Int) {
      let x: View = made.plane(made.source, image, block)
      let gradient: View = made.plane(outputGradient, image, block)
      let target: View = made.plane(sourceGradient, image, block)
      let (factor, offset) = (made.coefficient(.factor, block), made.coefficient(.offset, block))
      let (slope, constant) = (made.coefficient(.slope, block), made.coefficient(.constant, block))
      let masksBySource = made.masksBySource
      for index in stride(from: 0, to: made.planeSize, by: 16) {
        made.prefetch(gradient, index)
        made.prefetch(x, index, forWriting: true)
        let value = x.vector16(at: index)
        var g = gradient.vector16(at: index)
        if masksBySource { g.replace(with: 0, where: .!(value * factor + offset .> 0)) }
        target.setVector16(factor * g - slope * value + constant, at: index)
      }
    }
  }

  /// A plane's sums of distances from `pivot`, the block's first pixel, and of their squares.
  private func sumDistances<View: LaneView>(
    _ type: View.Type, _ image: Int, _ block: Int, from pivot: SIMD16<Float>
  ) {
    let x: View = plane(source, image, block)
    var (sum0, sum1) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var (square0, square1) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var index = 0
    while index + 32 <= planeSize {
      let first = x.vector16(at: index) - pivot
      let second = x.vector16(at: index + 16) - pivot
      sum0 += first
      sum1 += second
      square0 += first * first
      square1 += second * second
      index += 32
    }
    if index < planeSize {
      let last = x.vector16(at: index) - pivot
      sum0 += last
      square0 += last * last
    }
    record(image, block, sum0 + sum1, square0 + square1)
  }

  private func normalizePlane<View: LaneView>(
    _ type: View.Type, _ image: Int, _ block: Int, factors: SIMD16<Float>, offsets: SIMD16<Float>
  ) {
    let x: View = plane(source, image, block)
    let y: View = plane(output, image, block)
    let floor = SIMD16<Float>(repeating: isRectified ? 0 : -.infinity)
    guard let shortcut, let other: View = shortcut.plane(image, block) else {
      for index in stride(from: 0, to: planeSize, by: 16) {
        prefetch(x, index)
        prefetch(y, index, forWriting: true)
        y.setVector16(larger(x.vector16(at: index) * factors + offsets, floor), at: index)
      }
      return
    }
    for row in 0..<height {
      let otherRow = row * shortcut.stride * shortcut.width
      for column in 0..<width {
        let index = (row * width + column) * 16
        prefetch(x, index)
        prefetch(y, index, forWriting: true)
        prefetch(other, (otherRow + column * shortcut.stride) * 16)
        let value = other.vector16(at: (otherRow + column * shortcut.stride) * 16)
        y.setVector16(larger(x.vector16(at: index) * factors + offsets + value, floor), at: index)
      }
    }
  }

  private func addShortcutGradient<View: LaneView>(
    _ image: Int, _ block: Int, to gradient: View
  ) {
    guard let shortcutGradient, let other: View = shortcutGradient.plane(image, block) else {
      return
    }
    let step = shortcutGradient.stride
    for row in 0..<shortcutGradient.height {
      for column in 0..<shortcutGradient.width {
        let index = (row * step * width + column * step) * 16
        let value = other.vector16(at: (row * shortcutGradient.width + column) * 16)
        gradient.setVector16(gradient.vector16(at: index) + value, at: index)
      }
    }
  }

  /// Whether what ReLU let pass is seen by the source: without a shortcut nothing else is in it, and nobody else takes the gradient before ReLU, so that it
  /// need not be written.
  private var masksBySource: Bool { isRectified && shortcut == nil }

  /// A plane's sums of g and of g * (x - mean), g the gradient before ReLU.
  private func sumPlane<View: LaneView>(_ image: Int, _ block: Int, _ gradient: View) {
    let x: View = plane(source, image, block)
    let means = meanBuffer.view.vector16(at: block * 16)
    let (factor, offset) = (coefficient(.factor, block), coefficient(.offset, block))
    var sum = SIMD16<Float>.zero
    var product = SIMD16<Float>.zero
    for index in stride(from: 0, to: planeSize, by: 16) {
      prefetch(gradient, index)
      prefetch(x, index)
      let value = x.vector16(at: index)
      var g = gradient.vector16(at: index)
      g.replace(with: 0, where: .!(value * factor + offset .> 0))
      sum += g
      product += g * (value - means)
    }
    record(image, block, sum, product)
  }

  /// The same of the gradient `arriving` at each sixteen numbers' place, to which something `isAdded` perhaps, and overwrites `gradient` with g where they differ.
  @inline(__always)
  private func maskAndSumPlane<View: LaneView>(
    _ image: Int, _ block: Int, _ gradient: View, isAdded: Bool,
    arriving: (_ index: Int) -> SIMD16<Float>
  ) {
    let x: View = plane(source, image, block)
    let y: View = plane(output, image, block)
    let means = meanBuffer.view.vector16(at: block * 16)
    var sum = SIMD16<Float>.zero
    var product = SIMD16<Float>.zero
    for index in stride(from: 0, to: planeSize, by: 16) {
      prefetch(gradient, index, forWriting: true)
      prefetch(x, index)
      prefetch(y, index)
      var g = arriving(index)
      if isRectified { g.replace(with: 0, where: .!(y.vector16(at: index) .> 0)) }
      if isRectified || isAdded { gradient.setVector16(g, at: index) }
      sum += g
      product += g * (x.vector16(at: index) - means)
    }
    record(image, block, sum, product)
  }

  /// Numbers between what is read and what is asked for.
  private static let distance = 1024

  @inline(__always)
  private func prefetch<View: LaneView>(_ view: View, _ index: Int, forWriting: Bool = false) {
    let ahead = index &+ Self.distance
    view.prefetch16(at: ahead, forWriting: forWriting)
  }

  @inline(__always)
  private func larger(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
    a.replacing(with: b, where: a .< b)
  }
}
