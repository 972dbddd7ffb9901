// Gradients of single networks, cut to a norm, on any division of the networks.

import Collectives
import Configurations
import Datasets
import Host
import Kernels
import Numerics
import TestSupport
import Testing

@testable import Training

/// Of ``TargetPass``, and of ``CommitteePass``, which does the same in two halves.
@Suite struct TargetPassTests {
  private static let images = LabeledImages(
    shape: ImageShape(channels: 1, height: 6, width: 6), classCount: 10,
    pixels: (0..<50 * 36).map { UInt8(256 * GoldenNumbers.uniform(tensor: 108, index: $0)) },
    labels: (0..<50).map { ClassLabel($0 % 10) })
  private static let gradientScale: Float = 0.0234375
  private static let imageCount = 4

  /// The gradients of samples `samples` of 8, a network each.
  private func gradients(
    ofCommittees: Bool, norm: Float, samples: Range<Int> = 0..<8, threads: Int = 2
  ) throws -> [[Float]] {
    let configuration = try Configuration.preset(
      "quickstart",
      overrides: [
        "training={latents: 8, imagesPerLatent: \(Self.imageCount), seed: 3, gradientNorm: \(norm)}",
        "objective={diversity: \(ofCommittees ? "ensemble" : "none"), committee: \(ofCommittees ? 8 : 1)}",
        "hypernetwork={extractorHidden: [8], generatorHidden: [[5], [5]]}",
        "target.layers=[convolution: {filters: 3, size: 3, stride: 2, padding: same}, tanh, "
          + "fullyConnected: {outputs: 10}]",
      ])
    let target = try configuration.targetArchitecture(input: Self.images.shape)
    let settings = StepSettings(configuration)
    let pool = WorkerPool(threadCount: threads) { LibraryThreads.useOne() }
    let weights = AlignedBuffer<Float>(count: samples.count * target.weightCount)
    let indices = AlignedBuffer<Int32>(count: samples.count * Self.imageCount)
    for (local, sample) in samples.enumerated() {
      for index in 0..<target.weightCount {
        weights[local * target.weightCount + index] =
          GoldenNumbers.signed(tensor: 300 + sample, index: index) * Float(sample + 1) / 8
      }
      for image in 0..<Self.imageCount {
        indices[local * Self.imageCount + image] = Int32(ofCommittees ? image : 5 * sample + image)
      }
    }
    let results = StepResults(samples: [samples], communicator: .alone)
    if ofCommittees {
      let pass = try CommitteePass(
        target: target, settings: settings, images: Self.images, samples: samples, pool: pool)
      try pass.forward(
        1, weights: weights.view, images: indices.view, gradientScale: Self.gradientScale,
        results: results.own, duty: MainThreadDuty {})
      let outputs = pass.outputs.gradients
      for index in 0..<outputs.count {
        let place = samples.lowerBound * outputs.count / samples.count + index
        outputs[index] = GoldenNumbers.signed(tensor: 7, index: place) / 100
      }
      return pass.backward(gradientScale: Self.gradientScale).array.chunks(of: target.weightCount)
    }
    let pass = try TargetPass(
      target: target, settings: settings, images: Self.images, samples: samples, pool: pool)
    let found = try pass.run(
      1, weights: weights.view, images: indices.view, gradientScale: Self.gradientScale,
      results: results.own, duty: MainThreadDuty {})
    return found.array.chunks(of: target.weightCount)
  }

  /// Half of the networks' gradients are longer than the norm: c g / |g| in their place, in Double; the others stay as they are.
  @Test(arguments: [false, true]) func longGradientsAreCutToTheNorm(ofCommittees: Bool) throws {
    let free = try gradients(ofCommittees: ofCommittees, norm: 0)
    // Of mean losses.
    let unit = Double(Self.gradientScale) * Double(Self.imageCount)
    let norms = free.map { gradient in
      gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() / unit
    }
    let ordered = norms.sorted()
    let norm = Float((ordered[3] + ordered[4]) / 2)
    #expect(ordered[4] > 1.01 * ordered[3], "\(ordered)")
    let cut = try gradients(ofCommittees: ofCommittees, norm: norm)
    for sample in 0..<8 {
      guard norms[sample] > Double(norm) else {
        #expect(cut[sample] == free[sample], "network \(sample)")
        continue
      }
      let factor = Double(norm) / norms[sample]
      let most = free[sample].map { abs(Double($0)) }.max()!
      let error = zip(cut[sample], free[sample])
        .map { abs(Double($0) - factor * Double($1)) }.max()!
      #expect(error <= 1e-6 * most, "network \(sample)")
    }
    #expect(zip(cut, free).count { $0 != $1 } == 4)
    for threads in [1, 3] {
      for division in [[0..<8], [0..<3, 3..<8], [0..<2, 2..<5, 5..<8]] {
        let parts = try division.flatMap {
          try gradients(ofCommittees: ofCommittees, norm: norm, samples: $0, threads: threads)
        }
        #expect(parts == cut, "\(division) on \(threads) threads")
      }
    }
  }
}

extension Array {
  fileprivate func chunks(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
  }
}
