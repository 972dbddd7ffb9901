// Images that several networks are trained on.

import Kernels
import Numerics

/// The images of a pass, as the first operators of several networks' engines read them: slice by slice, brought there once for all. Slices may be
/// filled by different threads; no engine may run meanwhile. Filling allocates nothing.
public final class SharedImages: @unchecked Sendable {
  public let architecture: TargetArchitecture
  public let imageCount: Int
  let slices: ImageSlices
  private let parts: [Part]

  /// A slice.
  private struct Part {
    /// (image, channel, row, column)
    let plain: Tensor
    /// To images side by side.
    let transposition: LaneTransposition?

    init(_ architecture: TargetArchitecture, _ slices: ImageSlices) throws(KernelError) {
      let context = try KernelContext()
      let input = architecture.input
      plain = try Tensor(
        .plain([slices.size, input.channels, input.height, input.width]), context: context)
      transposition =
        slices.layout == .images ? try LaneTransposition(source: plain, context: context) : nil
      context.allocateScratchpad()
    }
  }

  /// Of networks of `architecture`.
  public init(architecture: TargetArchitecture, imageCount: Int) throws(KernelError) {
    self.architecture = architecture
    self.imageCount = imageCount
    slices = ImageSlices(
      architecture: architecture, imageCount: imageCount, isWhole: architecture.isNormalized)
    var parts: [Part] = []
    for _ in 0..<slices.count { parts.append(try Part(architecture, slices)) }
    self.parts = parts
  }

  public var sliceCount: Int { slices.count }

  /// The images of a slice.
  public func range(of slice: Int) -> Range<Int> { slices.range(slice, of: imageCount) }

  /// Has `write` overwrite a slice's pixels, (its images, channel, row, column).
  public func fill(_ slice: Int, _ write: (FloatView) -> Void) {
    let pixels = parts[slice].plain.values
    let count = range(of: slice).count * architecture.input.count
    write(pixels.slice(0, count))
    pixels.slice(count, pixels.count - count).fill(0)
    parts[slice].transposition?.forward()
  }

  /// What a chain of operators reads.
  func tensor(_ slice: Int) -> Tensor {
    parts[slice].transposition?.output ?? parts[slice].plain
  }
}
