// What gauge fixing must remember of weight vectors.

import Numerics

/// What a ``GaugeTransform`` leaves of each weight vector for its gradient's way back.
public final class GaugeTrace: Sendable {
  /// That of one weight vector, on one thread.
  public struct Place: Sendable {
    /// What filters were divided by, and the gradients with respect to it.
    let scales: FloatView
    let scaleGradients: FloatView
    /// Which filter came to each place of its layer.
    let order: VectorView<Int32>
    /// D numbers of the thread.
    let scratch: FloatView
  }

  private let scales: AlignedBuffer<Float>
  private let scaleGradients: AlignedBuffer<Float>
  private let orders: AlignedBuffer<Int32>
  private let scratch: AlignedBuffer<Float>
  private let scaleCount: Int
  private let orderCount: Int
  private let scratchCount: Int

  /// `threadCount` is 0 where no thread needs scratch.
  init(
    vectorCount: Int, scaleCount: Int, orderCount: Int, threadCount: Int, weightCount: Int
  ) {
    self.scaleCount = scaleCount
    self.orderCount = orderCount
    scratchCount = threadCount == 0 ? 0 : weightCount
    scales = AlignedBuffer(count: vectorCount * scaleCount)
    scaleGradients = AlignedBuffer(count: vectorCount * scaleCount)
    orders = AlignedBuffer(count: vectorCount * orderCount)
    scratch = AlignedBuffer(count: threadCount * scratchCount)
  }

  public func place(of vector: Int, thread: Int = 0) -> Place {
    Place(
      scales: scales.view.slice(vector * scaleCount, scaleCount),
      scaleGradients: scaleGradients.view.slice(vector * scaleCount, scaleCount),
      order: orders.view.slice(vector * orderCount, orderCount),
      scratch: scratch.view.slice(thread * scratchCount, scratchCount))
  }
}
