// What one core of this machine can do at best.

import Host
import Numerics

/// The fastest products and the fastest stream through memory that this program gets out of one core, measured where
/// nothing else holds it up: the roofline that phases of a step are compared with.
public struct CoreLimits: Sendable {
  /// FLOPs a second of tiles whose factors lie in the first-level cache.
  public let productRate: Double
  /// The same of bfloat16; nil where the processor does not multiply it.
  public let bfloat16Rate: Double?
  /// Bytes a second, read and written together, of numbers too many for the caches that are changed in place.
  public let memoryRate: Double

  /// Takes a few hundredths of a second on the calling thread, the best of several measurements.
  public static func measure() -> CoreLimits {
    CoreLimits(
      productRate: products(.float32),
      bfloat16Rate: BFloat16View.hasInstructions ? products(.bfloat16) : nil,
      memoryRate: stream())
  }

  private static func products(_ type: ElementType) -> Double {
    let (rows, columns, words, repeats) = (TileProduct.rows, TileProduct.columns, 160, 100)
    let left = AlignedBuffer<Float>(count: rows * words)
    let right = AlignedBuffer<Float>(count: words * columns)
    let result = AlignedBuffer<Float>(count: rows * columns)
    let matrix = MatrixView(left.view, rows: rows, columns: words)
    let target = MatrixView(result.view, rows: rows, columns: columns)
    let seconds = best(of: 30) {
      for _ in 0..<repeats {
        TileProduct.multiply(
          LeftFactor(matrix, as: .float32, scratch: left.view),
          RightFactor(packed: right.view, columns: columns), words: words, as: type, into: target)
      }
    }
    let products = rows * columns * words * (type == .bfloat16 ? 2 : 1)
    return 2 * Double(products * repeats) / seconds
  }

  private static func stream() -> Double {
    let numbers = AlignedBuffer<Float>(count: 1 << 23)
    let seconds = best(of: 3) {
      for index in stride(from: 0, to: numbers.count, by: 16) {
        numbers.view.setVector16(numbers.view.vector16(at: index) + 1, at: index)
      }
    }
    return 8 * Double(numbers.count) / seconds
  }

  private static func best(of repeats: Int, _ body: () -> Void) -> Double {
    var least = Double.infinity
    for _ in 0..<repeats {
      let begin = monotonicSeconds()
      body()
      least = min(least, monotonicSeconds() - begin)
    }
    return least
  }
}
