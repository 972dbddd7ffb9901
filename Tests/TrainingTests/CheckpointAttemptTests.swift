// One decision of what ranks say of a checkpoint.

import Checkpointing
import Files
import Glibc
import Testing

@testable import Training

@Suite struct CheckpointAttemptTests {
  private func fine(_ identity: String = "a") -> CheckpointAttempt {
    var attempt = CheckpointAttempt()
    attempt.identity = identity
    return attempt
  }

  private func bad(_ problem: String, isDamage: Bool) -> CheckpointAttempt {
    var attempt = CheckpointAttempt()
    (attempt.problem, attempt.isDamage) = (problem, isDamage)
    return attempt
  }

  @Test func allMustReadTheSame() {
    #expect(CheckpointAttempt.verdict("p", [fine(), fine(), fine()]) == .sound)
    for rank in 1..<4 {
      var attempts = [CheckpointAttempt](repeating: fine(), count: 4)
      attempts[rank] = fine("b")
      guard case .unusable(let text, onAll: false) = CheckpointAttempt.verdict("p", attempts) else {
        Issue.record("rank \(rank) read another one")
        continue
      }
      #expect(text.contains("p: rank \(rank) reads another checkpoint"))
    }
  }

  @Test(arguments: 0..<4) func oneRanksDamageIsEverybodys(rank: Int) {
    var attempts = [CheckpointAttempt](repeating: fine(), count: 4)
    attempts[rank] = bad("p is damaged", isDamage: true)
    #expect(
      CheckpointAttempt.verdict("p", attempts)
        == .unusable("rank \(rank): p is damaged", onAll: false))
    let all = [CheckpointAttempt](repeating: bad("p is damaged", isDamage: true), count: 4)
    #expect(CheckpointAttempt.verdict("p", all) == .unusable("p is damaged", onAll: true))
  }

  /// Another checkpoint would not be better: nobody goes back.
  @Test func whatIsNoDamageEndsAll() {
    let attempts = [fine(), bad("d", isDamage: true), bad("other settings", isDamage: false)]
    #expect(CheckpointAttempt.verdict("p", attempts) == .failed("rank 2: other settings"))
  }

  @Test func aBadDiskIsDamageAndMissingPermissionIsNone() {
    #expect(CheckpointAttempt(FileError("read", "p", number: EIO)).isDamage)
    #expect(!CheckpointAttempt(FileError("read", "p", number: EACCES)).isDamage)
  }

  @Test func attemptsAreToldAsText() {
    for attempt in [fine(), bad("x \"y\"\n", isDamage: true)] {
      let read = JSONValue(parsing: "\(attempt.json)").flatMap(CheckpointAttempt.init(json:))
      #expect(read?.problem == attempt.problem && read?.isDamage == attempt.isDamage)
      #expect(read?.identity == attempt.identity)
    }
  }
}
