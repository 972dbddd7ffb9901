// The attack on networks that are linear in the image, so that its gradient is a formula.

import Analysis
import Datasets
import Evaluation
import Glibc
import Host
import Hypernetworks
import Kernels
import Numerics
import TargetNetworks
import Testing

@Suite struct AdversarialAnalysisTests {
  private static let (classCount, imageCount, memberCount) = (4, 30, 5)
  private static let shape = ImageShape(channels: 2, height: 3, width: 3)

  /// Random bytes, with some labels.
  private func images() -> LabeledImages {
    let random = CounterRandom(seed: 12, purpose: .test)
    return LabeledImages(
      shape: Self.shape, classCount: Self.classCount,
      pixels: (0..<Self.imageCount * Self.shape.count).map {
        // Dark first channel, so that normalization differs between channels.
        UInt8(random.integer($0, below: $0 / 9 % 2 == 0 ? 90 : 256))
      },
      labels: (0..<Self.imageCount).map { ClassLabel(random.integer(100_000 + $0, below: 4)) })
  }

  enum Case: CaseIterable {
    case plain, normalizedImages
    /// A convolution over the whole image, normalized, before the last layer.
    case normalizedNetwork
  }

  @Test(arguments: Case.allCases, [1, 3])
  func countsAreThoseOfTheFormula(_ kind: Case, threadCount: Int) throws {
    let plain = images()
    let images =
      kind == .normalizedImages ? plain.normalized(by: ChannelNormalization(of: plain)) : plain
    let last = TargetLayer.fullyConnected(outputs: Self.classCount)
    let target = try TargetArchitecture(
      input: Self.shape,
      layers: kind == .normalizedNetwork
        ? [.convolution(filters: 6, size: 3, stride: 1, padding: .valid), .normalization, last]
        : [last])
    let layout = try HypernetworkLayout(
      HypernetworkArchitecture(
        latentSize: 3, prior: .normal, codeSize: 4, extractorHidden: [8],
        generatorHidden: kind == .normalizedNetwork ? [[8], [8]] : [[8]],
        // Small enough for no probability to be 1 in single precision, where the gradient would vanish.
        initialVariance: 0.5), target: target)
    let evaluator = try EnsembleEvaluator(
      parameters: HypernetworkParameters(layout: layout, seed: 2),
      settings: ObjectiveSettings(),
      statistics: StatisticsSource(images: images, batch: 10), communicator: .alone,
      pool: WorkerPool(threadCount: threadCount) { LibraryThreads.useOne() })
    let seed: UInt64 = 77
    let result = try AnalysisKind.adversarial.run(
      evaluator, AnalysisRequest(samples: Self.memberCount, seed: seed, images: images))
    let table = result.table(AdversarialAnalysis.Column.self)

    let generated = evaluator.generateOwn(
      EvaluationRequest(networkCount: Self.memberCount + Self.imageCount, seed: seed))
    let networks = (0..<Self.memberCount + Self.imageCount).map {
      linear(
        generated.view.slice($0 * layout.weightCount, layout.weightCount).array.map(Double.init),
        target, images)
    }
    var successes = [[Int]](repeating: [0, 0, 0, 0, 0, 0], count: 30)
    let pixels = AlignedBuffer<Float>(count: Self.shape.count)
    for image in 0..<Self.imageCount {
      images.copyImage(image, into: pixels.view)
      let x = pixels.view.array.map(Double.init)
      let label = Int(images.labels[image])
      let draw = CounterRandom(seed: seed, purpose: .attackTargets, major: image)
        .integer(0, below: Self.classCount - 1)
      let goal = draw < label ? draw : draw + 1
      let network = networks[Self.memberCount + image]
      let p = probabilities(network, x)
      for size in 0..<30 {
        let changed = (0..<x.count).map { pixel in
          var slope = 0.0
          for k in 0..<Self.classCount {
            slope += (p[k] - (k == goal ? 1 : 0)) * network[k * (x.count + 1) + pixel]
          }
          let channel = pixel / 9
          let mean = Double(images.normalization?.means[channel] ?? 0)
          let deviation = Double(images.normalization?.deviations[channel] ?? 1)
          let step = Double(2 * size + 2) / 255 * (slope > 0 ? 1 : -1)
          let moved = (x[pixel] * deviation + mean) - step
          return (min(max(moved, 0), 1) - mean) / deviation
        }
        let members = networks.prefix(Self.memberCount).map { probabilities($0, changed) }
        var votes = [Double](repeating: 0, count: Self.classCount)
        for member in members { votes[best(member)] += 1 }
        let total = (0..<Self.classCount).map { k in members.reduce(0) { $0 + $1[k] } }
        let found = [best(probabilities(network, changed)), best(votes), best(total)]
        for kind in 0..<3 {
          if found[kind] == goal { successes[size][kind] += 1 }
          if found[kind] != label { successes[size][3 + kind] += 1 }
        }
      }
    }
    for size in 0..<30 {
      #expect(table[size, .size] == Double(2 * size + 2))
      #expect(
        table.columns.dropFirst().map { table[size, $0] }
          == successes[size].map { Double($0) / Double(Self.imageCount) })
    }
    // Something happens at all.
    #expect(successes[29][0] > successes[0][0])
    #expect(successes[29][0] > successes[29][1])
  }

  /// For each class the factors of the image's pixels and a constant. A normalization has mean and
  /// variance over all images.
  private func linear(_ theta: [Double], _ target: TargetArchitecture, _ images: LabeledImages)
    -> [Double]
  {
    let block = target.blocks[0]
    guard block.isNormalized else { return theta }
    let buffer = images.pixels(first: images.count)
    let pixels = withExtendedLifetime(buffer) { buffer.view.array.map(Double.init) }
    let (size, width) = (Self.shape.count, block.filterCount + 1)
    var rows = [Double](repeating: 0, count: Self.classCount * (size + 1))
    for filter in 0..<block.filterCount {
      let own = Array(theta[filter * block.filterSize..<(filter + 1) * block.filterSize])
      let seen = (0..<images.count).map { image in
        (0..<size).reduce(0) { $0 + own[$1] * pixels[image * size + $1] }
      }
      let mean = seen.reduce(0, +) / Double(seen.count)
      let variance = seen.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(seen.count)
      let factor = own[size] / (variance + 1e-5).squareRoot()
      for k in 0..<Self.classCount {
        let weight = theta[block.count + k * width + filter]
        for pixel in 0..<size { rows[k * (size + 1) + pixel] += weight * factor * own[pixel] }
        rows[k * (size + 1) + size] += weight * (own[size + 1] - factor * mean)
      }
    }
    for k in 0..<Self.classCount {
      rows[k * (size + 1) + size] += theta[block.count + k * width + block.filterCount]
    }
    return rows
  }

  private func probabilities(_ network: [Double], _ x: [Double]) -> [Double] {
    let powers = (0..<Self.classCount).map { k in
      let row = k * (x.count + 1)
      return exp((0..<x.count).reduce(network[row + x.count]) { $0 + network[row + $1] * x[$1] })
    }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private func best(_ values: [Double]) -> Int { values.firstIndex(of: values.max()!)! }
}
