// Buffers filled from and read as numbers of the formulas that tests compare with.

import Numerics

extension VectorView where Element == Float {
  /// Overwrites every element from Doubles.
  public func copy(from values: [Double]) { copy(from: values.map { Float($0) }) }

  public var doubles: [Double] { array.map { Double($0) } }
}
