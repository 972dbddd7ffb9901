// The data set that all ranks go by.

import Configurations
import Datasets

extension Session {
  /// Reads the data set of `configuration` on every rank, normalized as `kept` says where networks were trained on it before, and sees
  /// that all have the same images; their digest. Collective.
  func data(
    of configuration: Configuration, _ dataDirectory: String?, kept: DataSummary? = nil
  ) throws -> (images: Dataset, digest: String) {
    let images = try together {
      try configuration.data.load(dataDirectory: dataDirectory, kept: kept)
    }
    let digest = images.digest(pool: pool)
    try agreement.requireSame(
      "the data set \(images.name)", "\(images.location), SHA-256 \(digest.prefix(16))...",
      by: digest, advice: "give every rank the same files (--data-dir, HYPERDIST_DATA)")
    return (images, digest)
  }
}
