// Wishes as ranks gather them.

import Testing

@testable import Training

@Suite struct StepRequestsTests {
  @Test func whatIsNoNumberOfOursIsAReasonToSkip() {
    let both: StepRequests = [.stop, .checkpoint]
    #expect(StepRequests(gathered: Double(both.rawValue)) == both)
    for number in [Double.nan, .infinity, -.infinity, 0.5] {
      #expect(StepRequests(gathered: number) == .skip)
    }
  }
}
