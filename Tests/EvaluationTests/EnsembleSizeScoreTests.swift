// Which sizes of an ensemble are looked at.

import Evaluation
import Testing

@Suite struct EnsembleSizeScoreTests {
  @Test func sizesOfEnsembles() {
    #expect(EnsembleSizeScore.sizes(upTo: 1) == [1])
    #expect(EnsembleSizeScore.sizes(upTo: 2) == [1, 2])
    #expect(EnsembleSizeScore.sizes(upTo: 12) == [1, 2, 5, 10, 12])
    #expect(EnsembleSizeScore.sizes(upTo: 200) == [1, 2, 5, 10, 20, 50, 100, 200])
  }
}
