// Time spent in collective operations, apart from the phase they belong to.

import Host

extension PhaseClock {
  /// Counts what `operation`, a call of MPI, takes as communication.
  @discardableResult @inlinable
  public func communicate<Result>(_ operation: @autoclosure () throws(CollectiveError) -> Result)
    throws(CollectiveError) -> Result
  {
    try measure(.communication, operation)
  }
}
