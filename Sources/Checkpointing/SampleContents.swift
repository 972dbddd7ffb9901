// What is in a sample file, before any of it is read.

/// The tensors of a sample file and what it says of itself.
public struct SampleContents: Sendable {
  public let path: String
  /// nil where the file does not say.
  public let header: SampleHeader?
  /// The shape of each tensor of 32-bit floats, by name.
  public let shapes: [String: [Int]]

  /// Networks of the file: the rows of its tensors.
  public var count: Int { shapes[Self.firstKernel]?.first ?? 0 }
  /// d; nil where the file has no latents.
  public var latentSize: Int? {
    guard let shape = shapes["latents"], shape.count == 2, shape[0] == count, shape[1] > 0 else {
      return nil
    }
    return shape[1]
  }

  static let firstKernel = "weights/layer1/kernel"
}
