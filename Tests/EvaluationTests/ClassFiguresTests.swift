// Figures of each class.

import Evaluation
import Numerics
import Testing

@Suite struct ClassFiguresTests {
  @Test func countsByHand() {
    // Class 0: right, taken for 2 twice and for 1 twice (the lower counts); class 1: always right; class 2: none; class 3: never right.
    let labels: [ClassLabel] = [0, 0, 0, 0, 0, 1, 1, 3]
    let named = [0, 2, 1, 2, 1, 1, 1, 0]
    let figures = ClassFigures.all(named: named, labels: labels, classCount: 4)
    #expect(figures.map(\.label) == [0, 1, 2, 3])
    #expect(figures.map(\.images) == [5, 2, 0, 1])
    #expect(figures.map(\.correct) == [1, 2, 0, 0])
    #expect(figures.map(\.accuracy) == [0.2, 1, nil, 0])
    #expect(figures.map(\.mistaken?.label) == [1, nil, nil, 0])
    #expect(figures.map(\.mistaken?.images) == [2, nil, nil, 1])
  }
}
