// What is heard of a program that was run.

import Testing

@testable import Host

@Suite struct SubprocessTests {
  @Test func successSaysNothing() {
    #expect(Subprocess.run(["sh", "-c", "echo out; echo err >&2"]) == nil)
  }

  @Test func failureIsTheLastLineOfStandardError() {
    #expect(
      Subprocess.run(["sh", "-c", "echo first >&2; echo last >&2; echo out; exit 3"]) == "last")
    // As curl's progress meter, whose lines end with carriage returns.
    #expect(Subprocess.run(["sh", "-c", "printf '10 %%\\rno host\\r' >&2; exit 6"]) == "no host")
  }

  @Test func silentFailureIsItsStatus() {
    #expect(Subprocess.run(["sh", "-c", "exit 3"]) == "sh ended with status 3")
  }

  @Test func missingProgramIsNamed() {
    #expect(
      Subprocess.run(["hyperdist-no-such-program"])
        == "hyperdist-no-such-program: No such file or directory")
  }

  /// More than a pipe holds, so that it would hang if nobody read.
  @Test func longErrorsAreReadToTheEnd() {
    #expect(Subprocess.run(["sh", "-c", "seq 100000 >&2; exit 1"]) == "100000")
  }

  @Test func argumentsArriveAsTheyAre() {
    #expect(
      Subprocess.run(["sh", "-c", "echo \"$1\" >&2; exit 1", "sh", "a  'b' $c"]) == "a  'b' $c")
  }
}
