// Gradients of kernels that oneDNN has summed.

import Numerics

/// Kernel gradients in a layout of oneDNN's.
final class LibraryKernelGradients: KernelGradients {
  let kernelCount: Int
  var isOfLibrary: Bool { true }
  private let tensorShape: [Int]
  private let laidOut: Tensor
  private let plain: Tensor
  private let reorder: Primitive

  init(_ descriptor: TensorDescriptor, context: KernelContext) throws(KernelError) {
    kernelCount = descriptor.byteCount / MemoryLayout<Float>.stride
    tensorShape = descriptor.shape
    laidOut = try Tensor(external: descriptor, context: context)
    plain = try Tensor(.plain(tensorShape), context: context)
    reorder = try Primitive(reorder: laidOut, to: plain, context: context)
  }

  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView, member: Int) {
    laidOut.bind(sum)
    reorder.execute()
    let stride = plain.values.count / tensorShape[0]
    for filter in 0..<shape.filterCount {
      block.slice(shape.kernel(filter))
        .copy(from: plain.values.slice(filter * stride, shape.kernelCount))
    }
  }
}
