// The best assignment against all there are.

import Hypernetworks
import Numerics
import Testing

@Suite struct AssignmentTests {
  private func permutations(_ n: Int) -> [[Int]] {
    if n == 0 { return [[]] }
    return permutations(n - 1).flatMap { shorter in
      (0..<n).map { place in
        var longer = shorter
        longer.insert(n - 1, at: place)
        return longer
      }
    }
  }

  /// Against all permutations.
  @Test(arguments: 1...6)
  func assignmentIsBest(size: Int) {
    let random = CounterRandom(seed: 5, purpose: .test, major: size)
    for trial in 0..<10 {
      let gains = (0..<size * size).map { Double(random.normal(trial * 100 + $0)) }
      func sum(_ columns: [Int]) -> Double {
        columns.enumerated().reduce(0) { $0 + gains[$1.offset * size + $1.element] }
      }
      let found = Assignment.maximize(gains, size: size)
      #expect(found.sorted() == Array(0..<size))
      #expect(abs(sum(found) - permutations(size).map(sum).max()!) <= 1e-12)
    }
  }
}
