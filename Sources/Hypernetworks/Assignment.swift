// Who is paired with whom, so that all together fit best.

/// The assignment problem (Hungarian method by shortest augmenting paths; Jonker and Volgenant, 1987).
public enum Assignment {
  /// For each row of a square matrix (n, n) its column, a permutation, so that the sum of the entries chosen
  /// is largest; all are finite. Cost: n^3 steps.
  public static func maximize(_ gains: [Double], size n: Int) -> [Int] {
    precondition(
      gains.count == n * n && gains.allSatisfy(\.isFinite),
      "Assignment: \(gains.count) entries of \(n) rows, \(gains.count { !$0.isFinite }) not finite")
    // Rows and columns count from 1; 0 is the free one. Costs are minus gains.
    var rowPrices = [Double](repeating: 0, count: n + 1)
    var columnPrices = [Double](repeating: 0, count: n + 1)
    var rowOf = [Int](repeating: 0, count: n + 1)
    var previous = [Int](repeating: 0, count: n + 1)
    for row in 1..<(n + 1) {
      rowOf[0] = row
      var column = 0
      var least = [Double](repeating: .infinity, count: n + 1)
      var isDone = [Bool](repeating: false, count: n + 1)
      repeat {
        isDone[column] = true
        let current = rowOf[column]
        var (step, next) = (Double.infinity, 0)
        for other in 1..<(n + 1) where !isDone[other] {
          let cost =
            -gains[(current - 1) * n + other - 1] - rowPrices[current] - columnPrices[other]
          if cost < least[other] { (least[other], previous[other]) = (cost, column) }
          if least[other] < step { (step, next) = (least[other], other) }
        }
        for other in 0..<(n + 1) {
          if isDone[other] {
            rowPrices[rowOf[other]] += step
            columnPrices[other] -= step
          } else {
            least[other] -= step
          }
        }
        column = next
      } while rowOf[column] != 0
      while column != 0 {
        rowOf[column] = rowOf[previous[column]]
        column = previous[column]
      }
    }
    var columns = [Int](repeating: 0, count: n)
    for column in 1..<(n + 1) { columns[rowOf[column] - 1] = column - 1 }
    return columns
  }
}
