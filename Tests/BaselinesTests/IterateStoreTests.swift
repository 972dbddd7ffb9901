// Iterates kept as they are.

import Numerics
import Testing

@testable import Baselines

@Suite struct IterateStoreTests {
  @Test func keepsTheStepsAskedFor() {
    let store = IterateStore(steps: [2, 5], weightCount: 3)
    let weights = SharedBuffer<Float>(count: 3)
    for step in 1...6 {
      weights.view.fill(Float(step))
      #expect(store.kept.count == (step > 5 ? 2 : step > 2 ? 1 : 0))
      store.take(weights.view, step: step)
    }
    #expect(store.kept.map { $0.view.array } == [[2, 2, 2], [5, 5, 5]])
    // A resumed run goes on from its state.
    let resumed = IterateStore(steps: [2, 5], weightCount: 3)
    for (own, saved) in zip(resumed.state, store.state) {
      #expect(own.name == saved.name)
      own.values.copy(from: saved.values)
    }
    #expect(resumed.kept.map { $0.view.array } == store.kept.map { $0.view.array })
  }
}
