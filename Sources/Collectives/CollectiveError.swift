// What a failed MPI call says, and the one place where return codes are looked at.

import CMPI
import Host

/// An MPI function returned an error.
public struct CollectiveError: UserFacingError {
  /// The C function.
  public let function: String
  /// MPI's own words for the error.
  public let message: String
  /// The rank on which it happened; nil before ranks are known.
  public let rank: Int?
  /// What to do about it.
  private let advice: String

  private static let startAgain =
    "start the run again (it resumes from its latest checkpoint); if this repeats, look at the MPI "
    + "installation: `hyperdist doctor`"

  public var description: String {
    let place = rank.map { "rank \($0): " } ?? ""
    return "\(place)\(function) failed: \(message); \(advice)"
  }

  init(function: String, message: String, rank: Int?, advice: String = startAgain) {
    (self.function, self.message, self.rank) = (function, message, rank)
    self.advice = advice
  }

  package init(function: String, status: Int32, rank: Int?) {
    // Asking for the text before MPI runs would end the process.
    var isInitialized: Int32 = 0
    MPI_Initialized(&isInitialized)
    var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING) + 1)
    var length: Int32 = 0
    if isInitialized != 0 && MPI_Error_string(status, &text, &length) == MPI_SUCCESS {
      message = String(
        decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    } else {
      message = "error code \(status)"
    }
    self.function = function
    self.rank = rank
    advice = Self.startAgain
  }
}

/// Throws unless an MPI function returned success.
@inline(__always)
func check(_ status: Int32, _ function: StaticString, rank: Int?) throws(CollectiveError) {
  if status != MPI_SUCCESS {
    throw CollectiveError(function: "\(function)", status: status, rank: rank)
  }
}
