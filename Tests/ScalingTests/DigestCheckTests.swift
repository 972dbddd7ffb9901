// Points that computed something else are found.

import Testing

@testable import Scaling

@Suite struct DigestCheckTests {
  private func complaint(_ rows: [StepRow]) -> String? {
    var table = StepTable()
    table.replace(with: rows)
    return DigestCheck.complaint(table)
  }

  @Test func equalDigestsPass() {
    #expect(complaint([StepTableTests.row(), StepTableTests.row(ranks: 2)]) == nil)
    // Other latents are another problem; what died has no digest.
    #expect(
      complaint([
        StepTableTests.row(), StepTableTests.row(ranks: 2, latents: 8, digest: "b"),
        StepTableTests.dead(ranks: 4),
      ]) == nil)
  }

  @Test func anotherDigestIsNamed() throws {
    let text = try #require(
      complaint([StepTableTests.row(), StepTableTests.row(ranks: 2, round: 3, digest: "b")]))
    #expect(text.contains("1 x 1 of round 1 ended in a"))
    #expect(text.contains("2 x 1 of round 3 in b"))
  }
}
