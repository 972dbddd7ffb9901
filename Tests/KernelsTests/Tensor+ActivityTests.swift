// Positive channels in every layout a tensor may have.

import Numerics
import Testing

@testable import Kernels

@Suite struct TensorActivityTests {
  private static let shape = [3, 32, 2, 3]

  @Test(arguments: ["blocked by 16", "lanes", "blocked by 8", "plain", "flat"])
  func channelsAboveZeroAnywhere(layout: String) throws {
    let context = try KernelContext()
    let descriptor: TensorDescriptor =
      switch layout {
      case "blocked by 16": .blocked16(Self.shape)
      case "lanes": .lanes16(Self.shape)
      case "blocked by 8": .blocked8(Self.shape)
      case "plain": .plain(Self.shape)
      default: .plain([3, 32])
      }
    let tensor = try Tensor(descriptor, context: context)
    tensor.values.fill(-1)
    let isFlat = layout == "flat"
    func set(_ image: Int, _ channel: Int, _ row: Int, _ column: Int, _ value: Float) {
      let index = isFlat ? [image, channel] : [image, channel, row, column]
      tensor.values[descriptor.position(of: index)] = value
    }
    set(0, 0, 0, 0, 1)
    set(1, 7, 1, 2, 1e-30)
    set(0, 9, 1, 1, 0)
    set(1, 18, 0, 2, 3)
    set(0, 21, 1, 2, 3)
    set(2, 5, 0, 0, 1)
    let flags = SharedBuffer<UInt8>(count: 20)
    flags.view[3] = 1
    tensor.markPositiveChannels(of: 2, in: flags.view)
    #expect(flags.view.array.indices.filter { flags.view[$0] == 1 } == [0, 3, 7, 18])
    tensor.markPositiveChannels(of: 3, in: flags.view)
    #expect(flags.view[5] == 1)
  }
}
