// What a trained curve does: where it passes, and how dense its points are.

import Numerics

/// A curve cut into many short pieces.
public struct ToyAnalysis: Sendable {
  public struct Sample: Sendable {
    public let z: Double
    public let point: Point
    /// Probability of z per length of the curve: 1/2 / |dy/dz|, z being uniform on [-1, 1].
    public let density: Double
  }

  public struct Peak: Sendable {
    public let component: GaussianMixture.Component
    /// Distance of the curve from the mean, and the z of the curve's nearest point.
    public let distance: Double
    public let z: Double
    /// Whether the curve passes within one sigma of the mean.
    public var isPassed: Bool { distance <= component.sigma }
  }

  public let samples: [Sample]
  public let peaks: [Peak]

  public var passedCount: Int { peaks.count { $0.isPassed } }

  /// `count` values of z from -1 to 1, equally apart.
  public init(
    _ curve: ToyCurve, parameters: FloatView, mixture: GaussianMixture, count: Int = 4_001
  ) {
    let step = 2 / Double(count - 1)
    let points = (-1..<count + 1).map {
      curve.point(-1 + Double($0) * step, parameters: parameters)
    }
    let samples = (0..<count).map { index in
      let speed = points[index + 2] - points[index]
      return Sample(
        z: -1 + Double(index) * step, point: points[index + 1],
        density: 0.5 * 2 * step / (speed * speed).sum().squareRoot())
    }
    self.samples = samples
    peaks = mixture.components.map { component in
      let distances = samples.map { sample in
        let offset = sample.point - component.mean
        return (offset * offset).sum().squareRoot()
      }
      let nearest = distances.indices.min { distances[$0] < distances[$1] }!
      return Peak(component: component, distance: distances[nearest], z: samples[nearest].z)
    }
  }
}
