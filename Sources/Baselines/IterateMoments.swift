// The mean of a network's iterates, and how they lie around it.

import Numerics

/// Of the n iterates taken so far (Maddox et al. 2019): their mean, the mean of their squares, and of the last R ones the deviation from
/// the mean as it was then.
final class IterateMoments: IterateCollector {
  private let first: Int
  private let every: Int
  let mean: SharedBuffer<Float>
  let meanSquare: SharedBuffer<Float>
  /// (R, D); iterate n's is row n % R.
  let deviations: SharedBuffer<Float>
  private let taken = SharedBuffer<Float>(count: 1)

  /// Takes every `every`-th iterate from step `first` + `every` on; `deviationCount` R, 0 for the mean alone.
  init(first: Int, every: Int, deviationCount: Int, weightCount: Int) {
    self.first = first
    self.every = every
    mean = SharedBuffer(count: weightCount)
    meanSquare = SharedBuffer(count: deviationCount > 0 ? weightCount : 0)
    deviations = SharedBuffer(count: deviationCount * weightCount)
  }

  /// n.
  var count: Int { Int(taken.view[0]) }

  func take(_ weights: FloatView, step: Int) {
    guard step > first, (step - first) % every == 0 else { return }
    let number = count
    let share = 1 / Float(number + 1)
    let mean = mean.view
    for index in 0..<mean.count { mean[index] += (weights[index] - mean[index]) * share }
    if meanSquare.view.count > 0 {
      let square = meanSquare.view
      let row = number % (deviations.view.count / mean.count)
      let deviation = deviations.view.slice(row * mean.count, mean.count)
      for index in 0..<mean.count {
        square[index] += (weights[index] * weights[index] - square[index]) * share
        deviation[index] = weights[index] - mean[index]
      }
    }
    taken.view[0] = Float(number + 1)
  }

  var state: [(name: String, values: FloatView)] {
    let spread = [("mean_square", meanSquare.view), ("deviations", deviations.view)]
    return [("mean", mean.view)] + (meanSquare.view.count > 0 ? spread : []) + [
      ("averaged", taken.view)
    ]
  }
}
