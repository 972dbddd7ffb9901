// Max pooling of disjoint windows in blocks of sixteen channels, with ReLU's gradient folded in.

import Host
import Numerics

/// Max pooling whose windows do not overlap, on images in blocks of sixteen channels.
///
/// What is remembered for the backward pass is where in its window each largest element was (the first of equals), a byte for each.
/// So the source's gradient may be written over the source itself, which spares a buffer of the network's
/// largest tensor; and it can be that of a ReLU's source that lies between the operator that made the
/// source and this one: where a window's maximum is not positive, ReLU passed nothing on.
/// Cost: one read of the source, or one write of its gradient.
package final class BlockedMaxPooling: NetworkOperator {
  package let output: Tensor
  package var replacesSource: Bool { true }
  package var sparesSource: Bool { true }
  /// Rows of the largest windows: places in them, and one for none, are bytes.
  package static let largestSize = 15
  private static let nowhere: Float = 255
  private let context: KernelContext
  private let source: Tensor
  private let size: Int
  private let height: Int
  private let width: Int
  private let sourceIsRectified: Bool
  private var outputGradient: Tensor?
  /// Places of largest elements, of windows in their order, sixteen each; none where there is no backward pass.
  private var places = SharedBuffer<UInt8>(count: 0)
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

  package func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) {
    self.outputGradient = outputGradient
    places = SharedBuffer(count: output.vectorCount * 16)
    self.sourceGradient = sourceGradient
  }

  package func forward() {
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
        into: made.slice(made.output.lanes(View.self), planes), made.slicePlaces(planes))
    }
  }

  private var planes: Range<Int> { 0..<source.vectorCount / (height * width) }

  /// The part of a tensor that belongs to these planes.
  private func slice<View: LaneView>(_ view: View, _ own: Range<Int>) -> View {
    let size = view.count / planes.count
    return view.slice(own.lowerBound * size, own.count * size)
  }

  /// The part of the places that belongs to these planes.
  private func slicePlaces(_ own: Range<Int>) -> VectorView<UInt8> {
    let size = places.view.count / planes.count
    return places.view.slice(own.lowerBound * size, own.count * size)
  }

  private func forward<View: LaneView>(_ x: View, into y: View, _ places: VectorView<UInt8>) {
    // Written out for the common size, so that the compiler unrolls the window.
    if size == 2 {
      forward(x, into: y, places, size: 2)
    } else {
      forward(x, into: y, places, size: size)
    }
  }

  package func backward() {
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
      let places = made.slicePlaces(planes)
      let gradient = made.slice(outputGradient.lanes(View.self), planes)
      let target = made.slice(sourceGradient.lanes(View.self), planes)
      if made.size == 2 {
        made.backward(gradient, places, into: target, size: 2)
      } else {
        made.backward(gradient, places, into: target, size: made.size)
      }
      made.clearUncovered(target)
    }
  }

  @inline(__always)
  private func forward<View: LaneView>(
    _ x: View, into y: View, _ places: VectorView<UInt8>, size: Int
  ) {
    let planes = x.count / (height * width * 16)
    if places.count == 0 {
      forEachWindow(planes: planes, size: size) { corner, position in
        y.setVector16(largest(in: x, corner: corner, size: size).value, at: position)
      }
    } else {
      let floor: Float = sourceIsRectified ? 0 : -.infinity
      forEachWindow(planes: planes, size: size) { corner, position in
        var (value, place) = largest(in: x, corner: corner, size: size)
        y.setVector16(value, at: position)
        place.replace(with: Self.nowhere, where: .!(value .> floor))
        places.setVector16(place, at: position)
      }
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

  /// The largest elements of the window whose first elements are at `corner`, and their places.
  @inline(__always)
  private func largest<View: LaneView>(in x: View, corner: Int, size: Int)
    -> (value: SIMD16<Float>, place: SIMD16<Float>)
  {
    var (largest, place) = (x.vector16(at: corner), SIMD16<Float>.zero)
    for offset in 1..<size * size {
      let value = x.vector16(at: corner + (offset / size * width + offset % size) * 16)
      let isLarger = value .> largest
      largest.replace(with: value, where: isLarger)
      place.replace(with: Float(offset), where: isLarger)
    }
    return (largest, place)
  }

  /// The gradient goes to a window's largest element.
  @inline(__always)
  private func backward<View: LaneView>(
    _ gradient: View, _ places: VectorView<UInt8>, into target: View, size: Int
  ) {
    forEachWindow(planes: target.count / (height * width * 16), size: size) { corner, position in
      let rest = gradient.vector16(at: position)
      let place = places.vector16(at: position)
      for offset in 0..<size * size {
        target.setVector16(
          SIMD16<Float>.zero.replacing(
            with: rest, where: place .== Float(offset)),
          at: corner + (offset / size * width + offset % size) * 16)
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
