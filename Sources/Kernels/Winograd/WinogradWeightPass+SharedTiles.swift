// Gradients of kernels of few tiles, summed by many threads.

import Host
import Numerics

extension WinogradWeightPass {
  /// Whether a team shares transformed tiles: there are few columns of points in a run of tiles, and each needs all of its pixels.
  static func shares(members: Int, runs: Int) -> Bool { members > 3 * runs }

  /// All members transform tiles, and when they are done each sums at some points, for some filters.
  func share<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>(
    _ pixels: View, _ outputPixels: View, _: Factors.Type, _: Transform.Type, scratch: FloatView
  ) {
    let work = SharedTiles<View, Factors, Transform>(
      pass: self, pixels: pixels, outputPixels: outputPixels, scratch: scratch)
    context.team.forEach(tiles.together.count, SharedTransforms(work: work))
    context.team.forEach(tiles.points * tiles.outputBlocks, SharedSums(work: work))
  }

  /// Factors of all tiles in memory that a team shares.
  private struct SharedTiles<View: LaneView, Factors: TileFactors, Transform: WinogradTransform> {
    let pass: WinogradWeightPass
    let pixels: View
    let outputPixels: View
    let scratch: FloatView

    private var groupCount: Int { pass.inputLayout.count + pass.gradientLayout.count }

    func factors(of group: Int) -> (inputs: FloatView, gradients: FloatView) {
      let first = group * groupCount
      return (
        scratch.slice(first, pass.inputLayout.count),
        scratch.slice(first + pass.inputLayout.count, pass.gradientLayout.count)
      )
    }

    /// A member's room: for a transform, or a run's sums.
    func room(_ member: Int) -> FloatView {
      scratch.slice(
        pass.tiles.together.count * groupCount + member * pass.sharedRoomCount,
        pass.sharedRoomCount)
    }
  }

  /// A group's transforms an iteration.
  private struct SharedTransforms<
    View: LaneView, Factors: TileFactors, Transform: WinogradTransform
  >: LoopBody, @unchecked Sendable {
    let work: SharedTiles<View, Factors, Transform>

    func callAsFunction(_ group: Int, _ member: Int) {
      let (pass, tiles, columns) = (
        work.pass, work.pass.tiles.group(group), 0..<Transform.side
      )
      let (inputs, gradients) = work.factors(of: group)
      switch Factors.elementType {
      case .float32:
        pass.transform(
          Transform.self, work.pixels, work.outputPixels, tiles, columns, into: inputs, gradients,
          work.room(member))
      case .bfloat16:
        pass.transformPairs(
          Transform.self, work.pixels, work.outputPixels, tiles, columns,
          into: inputs.stored(as: BFloat16View.self, count: inputs.count),
          gradients.stored(as: BFloat16View.self, count: gradients.count), work.room(member))
      }
    }
  }

  /// The sums of a point and a block of filters an iteration, run by run, over all groups in their order.
  private struct SharedSums<View: LaneView, Factors: TileFactors, Transform: WinogradTransform>:
    LoopBody, @unchecked Sendable
  {
    let work: SharedTiles<View, Factors, Transform>

    func callAsFunction(_ index: Int, _ member: Int) {
      let (pass, blocks) = (work.pass, work.pass.tiles.outputBlocks)
      let (point, own) = (index / blocks, index % blocks..<index % blocks + 1)
      let total = pass.sums(in: pass.slice.kernels, point: point, blocks: own)
      let aside = work.room(member).slice(0, total.count)
      for run in 0..<pass.tiles.runCount {
        let groups = pass.tiles.run(run)
        for group in groups {
          let (inputs, gradients) = work.factors(of: group)
          pass.multiply(
            inputs.stored(as: Factors.self, count: inputs.count),
            gradients.stored(as: Factors.self, count: gradients.count), point: point,
            blocks: own, count: pass.tiles.group(group).count, into: run == 0 ? total : aside,
            isFirst: group == groups.lowerBound)
        }
        if run > 0 { VectorMath.add(aside, times: 1, to: total) }
      }
    }
  }
}
