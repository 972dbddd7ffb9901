// Max pooling of disjoint windows in blocks of sixteen channels, with ReLU's gradient folded in.

import Host
import Numerics

/// Max pooling whose windows do not overlap, on images in blocks of sixteen channels.
///
/// Nothing is remembered: backward finds each window's largest element again (the first of equals).
/// It may write the source's gradient over the source itself, which spares a buffer of the network's
/// largest tensor, and it can apply the gradient of a ReLU that lies between the operator that made the
/// source and this one: where a window's maximum is not positive, ReLU passed nothing on.
/// Cost: one read of the source and one write of the output or source gradient.
final class BlockedMaxPooling: NetworkOperator {
  let output: Tensor
  var replacesSource: Bool { true }
  private let context: KernelContext
  private let source: Tensor
  private let size: Int
  private let height: Int
  private let width: Int
  private let sourceIsRectified: Bool
  private var outputGradient: Tensor?
  private var sourceGradient: Tensor?

  /// - Parameter sourceIsRectified: the source is some ReLU's output and its gradient is wanted
  ///   before that ReLU.
  init(source: Tensor, size: Int, sourceIsRectified: Bool, context: KernelContext)
    throws(KernelError)
  {
    let layout = source.descriptor
    precondition(layout.isBlocked16 || layout.isLanes16, "BlockedMaxPooling: another layout")
    self.context = context
    self.source = source
    self.size = size
    self.sourceIsRectified = sourceIsRectified
    let input = source.shape
    (height, width) = (input[2], input[3])
    let shape = [input[0], input[1], input[2] / size, input[3] / size]
    output = try Tensor(
      layout.isLanes16
        ? .lanes16(shape, source.elementType) : .blocked16(shape, source.elementType),
      context: context)
  }

  func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) {
    self.outputGradient = outputGradient
    self.sourceGradient = sourceGradient
  }

  func forward() {
    switch source.elementType {
    case .float32: forward(FloatView.self)
    case .bfloat16: forward(BFloat16View.self)
    }
  }

  /// Planes are divided over the team.
  private func forward<View: LaneView>(_ type: View.Type) {
    let parts = context.team.parts
    context.team.forEach(parts, Forward<View>(made: self, parts: parts))
  }

  private struct Forward<View: LaneView>: LoopBody, @unchecked Sendable {
    let made: BlockedMaxPooling
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      let planes = made.planes.part(part, of: parts)
      made.forward(
        made.slice(made.source.lanes(View.self), planes),
        into: made.slice(made.output.lanes(View.self), planes))
    }
  }

  private var planes: Range<Int> { 0..<source.vectorCount / (height * width) }

  /// The part of a tensor that belongs to these planes.
  private func slice<View: LaneView>(_ view: View, _ own: Range<Int>) -> View {
    let size = view.count / planes.count
    return view.slice(own.lowerBound * size, own.count * size)
  }

  private func forward<View: LaneView>(_ x: View, into y: View) {
    // Written out for the common size, so that the compiler unrolls the window.
    if size == 2 { forward(x, into: y, size: 2) } else { forward(x, into: y, size: size) }
  }

  func backward() {
    guard let outputGradient, let sourceGradient else { return }
    switch source.elementType {
    case .float32: backward(FloatView.self, outputGradient, sourceGradient)
    case .bfloat16: backward(BFloat16View.self, outputGradient, sourceGradient)
    }
  }

  private func backward<View: LaneView>(
    _ type: View.Type, _ outputGradient: Tensor, _ sourceGradient: Tensor
  ) {
    let parts = context.team.parts
    context.team.forEach(
      parts,
      Backward<View>(
        made: self, outputGradient: outputGradient, sourceGradient: sourceGradient, parts: parts))
  }

  private struct Backward<View: LaneView>: LoopBody, @unchecked Sendable {
    let made: BlockedMaxPooling
    let outputGradient: Tensor
    let sourceGradient: Tensor
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      let planes = made.planes.part(part, of: parts)
      let x = made.slice(made.source.lanes(View.self), planes)
      let gradient = made.slice(outputGradient.lanes(View.self), planes)
      let target = made.slice(sourceGradient.lanes(View.self), planes)
      let floor: Float = made.sourceIsRectified ? 0 : -.infinity
      if made.size == 2 {
        made.backward(gradient, x, into: target, size: 2, floor: floor)
      } else {
        made.backward(gradient, x, into: target, size: made.size, floor: floor)
      }
      made.clearUncovered(target)
    }
  }

  @inline(__always)
  private func forward<View: LaneView>(_ x: View, into y: View, size: Int) {
    forEachWindow(planes: x.count / (height * width * 16), size: size) { corner, position in
      y.setVector16(largest(in: x, corner: corner, size: size), at: position)
    }
  }

  /// Calls `body` with where each window begins in the source, and where its element of the output is.
  @inline(__always)
  private func forEachWindow(
    planes: Int, size: Int, _ body: (_ corner: Int, _ position: Int) -> Void
  ) {
    let (rows, columns) = (height / size, width / size)
    var position = 0
    for plane in 0..<planes {
      for row in 0..<rows {
        let start = (plane * height + row * size) * width * 16
        for column in 0..<columns {
          body(start + column * size * 16, position)
          position += 16
        }
      }
    }
  }

  /// The largest elements of the window whose first elements are at `corner`.
  @inline(__always)
  private func largest<View: LaneView>(in x: View, corner: Int, size: Int) -> SIMD16<Float> {
    var largest = x.vector16(at: corner)
    for offset in 1..<size * size {
      let value = x.vector16(at: corner + (offset / size * width + offset % size) * 16)
      largest.replace(with: value, where: value .> largest)
    }
    return largest
  }

  /// The gradient goes to the first largest element of a window, if that exceeds `floor`.
  @inline(__always)
  private func backward<View: LaneView>(
    _ gradient: View, _ x: View, into target: View, size: Int, floor: Float
  ) {
    forEachWindow(planes: x.count / (height * width * 16), size: size) { corner, position in
      let largest = largest(in: x, corner: corner, size: size)
      var rest = gradient.vector16(at: position)
      rest.replace(with: 0, where: .!(largest .> floor))
      for offset in 0..<size * size {
        let index = corner + (offset / size * width + offset % size) * 16
        let isLargest = x.vector16(at: index) .== largest
        target.setVector16(
          SIMD16<Float>.zero.replacing(with: rest, where: isLargest), at: index)
        rest.replace(with: 0, where: isLargest)
      }
    }
  }

  /// Rows and columns behind the last whole window have no influence.
  private func clearUncovered<View: LaneView>(_ target: View) {
    let (rows, columns) = (height / size * size, width / size * size)
    if rows == height && columns == width { return }
    for plane in 0..<target.count / (height * width * 16) {
      for row in 0..<height {
        let first = row < rows ? columns : 0
        let start = ((plane * height + row) * width + first) * 16
        for index in stride(from: start, to: start + (width - first) * 16, by: 16) {
          target.setVector16(.zero, at: index)
        }
      }
    }
  }
}
