// Gradients of kernels that lie filter by filter.

import Numerics

/// Kernels' gradients one behind the other, each filled up to `kernelStep` numbers.
final class LaneGradients: KernelGradients {
  let kernelCount: Int
  private let kernelStep: Int

  init(filterCount: Int, kernelStep: Int) {
    self.kernelStep = kernelStep
    kernelCount = filterCount * kernelStep
  }

  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView, member: Int) {
    for filter in 0..<shape.filterCount {
      block.slice(shape.kernel(filter)).copy(
        from: sum.slice(filter * kernelStep, shape.kernelCount))
    }
  }
}
