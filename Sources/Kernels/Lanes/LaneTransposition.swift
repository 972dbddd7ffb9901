// Images side by side in vectors, and back.

import Host
import Numerics

/// Brings images from row-major order into vectors of sixteen images each, or back; in the backward pass the gradient goes the
/// other way. In vectors that the last images do not fill there are zeros. Cost: one read, one write.
public final class LaneTransposition: NetworkOperator {
  public let output: Tensor
  public var replacesSource: Bool { true }
  public var sparesSource: Bool { true }
  private let source: Tensor
  /// Whether the source is in row-major order.
  private let isForward: Bool
  private let imageCount: Int
  /// Numbers of an image.
  private let size: Int
  private let context: KernelContext
  private let scratchpad: Scratchpad
  private var outputGradient: Tensor?
  private var sourceGradient: Tensor?

  /// - Parameter source: of `Float`, row-major (image, channel, row, column), or in vectors of images.
  public init(source: Tensor, context: KernelContext) throws(KernelError) {
    precondition(
      source.elementType == .float32 && (source.descriptor.isPlain || source.descriptor.isLanes16),
      "LaneTransposition: another layout")
    self.context = context
    scratchpad = context.makeScratchpad(ofEach: LaneMatrix.scratchCount)
    self.source = source
    let shape = source.shape
    (imageCount, size) = (shape[0], shape[1...].reduce(1, *))
    isForward = source.descriptor.isPlain
    if isForward {
      output = try Tensor(.lanes16(shape), context: context)
    } else {
      output = try Tensor(.plain([shape[0], shape[1...].reduce(1, *)]), context: context)
    }
  }

  public func prepareBackward(outputGradient: Tensor, sourceGradient: Tensor?) {
    self.outputGradient = outputGradient
    self.sourceGradient = sourceGradient
  }

  public func forward() { turn(source, into: output, toLanes: isForward) }

  public func backward() {
    guard let outputGradient, let sourceGradient else { return }
    turn(outputGradient, into: sourceGradient, toLanes: !isForward)
  }

  private func turn(_ from: Tensor, into to: Tensor, toLanes: Bool) {
    let parts = context.team.parts
    context.team.forEach(
      parts,
      Part(made: self, source: from.values, target: to.values, toLanes: toLanes, parts: parts))
  }

  /// Some of the images' numbers.
  private struct Part: LoopBody, @unchecked Sendable {
    let made: LaneTransposition
    let source: FloatView
    let target: FloatView
    let toLanes: Bool
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      made.turn(
        source, into: target, toLanes: toLanes,
        numbers: (0..<(made.size + 15) / 16).part(part, of: parts),
        scratch: made.scratchpad.values(member))
    }
  }

  private func turn(
    _ source: FloatView, into target: FloatView, toLanes: Bool, numbers own: Range<Int>,
    scratch: FloatView
  ) {
    for block in 0..<(imageCount + 15) / 16 {
      let images = min(16, imageCount - block * 16)
      for sixteen in own {
        let first = sixteen * 16
        let numbers = min(16, size - first)
        let (plain, lanes) = (block * 16 * size + first, (block * size + first) * 16)
        if toLanes {
          gather(
            source, at: plain, size: size, images: images, numbers: numbers, scratch: scratch
          ) {
            target.setVector16($1, at: lanes &+ $0 &* 16)
          }
        } else {
          scatter(source, at: lanes, numbers: numbers, scratch: scratch) { image, values in
            guard image < images else { return }
            put(values, count: numbers, into: target, at: plain &+ image &* size)
          }
        }
      }
    }
  }

  /// Calls `put` with each of up to sixteen numbers of up to sixteen images that lie `size` apart.
  @inline(__always)
  private func gather(
    _ values: FloatView, at start: Int, size: Int, images: Int, numbers: Int, scratch: FloatView,
    put: (Int, SIMD16<Float>) -> Void
  ) {
    LaneMatrix.transpose(
      row: { image in
        guard image < images else { return .zero }
        let place = start &+ image &* size
        if numbers == 16 { return values.vector16(at: place) }
        var row = SIMD16<Float>.zero
        for index in 0..<numbers { row[index] = values[place &+ index] }
        return row
      }, scratch: scratch, put: { if $0 < numbers { put($0, $1) } })
  }

  @inline(__always)
  private func scatter(
    _ values: FloatView, at start: Int, numbers: Int, scratch: FloatView,
    put: (Int, SIMD16<Float>) -> Void
  ) {
    LaneMatrix.transpose(
      row: { $0 < numbers ? values.vector16(at: start &+ $0 &* 16) : .zero },
      scratch: scratch, put: put)
  }

  @inline(__always)
  private func put(_ values: SIMD16<Float>, count: Int, into target: FloatView, at place: Int) {
    if count == 16 {
      target.setVector16(values, at: place)
    } else {
      for index in 0..<count { target[place &+ index] = values[index] }
    }
  }
}
