// Sums over all images and pixels: gradients of biases.

import Host
import Numerics

/// The sums over images and pixels of a tensor whose vectors hold sixteen images each.
struct LaneSums {
  private let tensor: Tensor
  private let channelCount: Int
  private let planeSize: Int

  init(_ tensor: Tensor) {
    let shape = tensor.shape
    self.tensor = tensor
    channelCount = shape[1]
    planeSize = shape[2] * shape[3] * 16
  }

  /// Overwrites `sums`, one for each channel. Cost: one read of the tensor.
  func evaluate(into sums: FloatView, team: Team) {
    switch tensor.elementType {
    case .float32: evaluate(tensor.lanes(FloatView.self), into: sums, team)
    case .bfloat16: evaluate(tensor.lanes(BFloat16View.self), into: sums, team)
    }
  }

  private func evaluate<View: LaneView>(_ values: View, into sums: FloatView, _ team: Team) {
    team.forEach(team.parts, Part<View>(own: self, values: values, sums: sums, parts: team.parts))
  }

  private struct Part<View: LaneView>: LoopBody, @unchecked Sendable {
    let own: LaneSums
    let values: View
    let sums: FloatView
    let parts: Int

    func callAsFunction(_ part: Int, _ member: Int) {
      own.evaluate(values, into: sums, channels: (0..<own.channelCount).part(part, of: parts))
    }
  }

  private func evaluate<View: LaneView>(
    _ values: View, into sums: FloatView, channels: Range<Int>
  ) {
    for channel in channels {
      var total = SIMD16<Float>.zero
      for start in stride(from: channel * planeSize, to: values.count, by: channelCount * planeSize)
      {
        let plane = values.slice(start, planeSize)
        var (even, odd) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
        for index in stride(from: 0, to: planeSize - 16, by: 32) {
          even += plane.vector16(at: index)
          odd += plane.vector16(at: index + 16)
        }
        if planeSize % 32 != 0 { even += plane.vector16(at: planeSize - 16) }
        total += even + odd
      }
      sums[channel] = total.laneSum
    }
  }
}

extension SIMD16<Float> {
  /// The sum of the sixteen numbers, half by half.
  @inline(__always)
  var laneSum: Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}
