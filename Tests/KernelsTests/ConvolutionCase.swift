// Convolutions that every candidate is tested on.

import Configurations
import Datasets
import Kernels
import NaiveReference
import Numerics
import TargetNetworks
import Testing

/// One convolution of images: its shape, and how its source lies.
struct ConvolutionCase: Sendable, Hashable, CustomTestStringConvertible {
  var channels: Int
  var height = 9
  var width = 11
  var filters: Int
  var size: Int
  var stride = 1
  var padding: Padding
  var layout: OperatorBench.Layout

  enum Padding: Sendable, Hashable {
    case valid, same
    case zeros(Int)
  }

  var testDescription: String {
    "\(channels)x\(height)x\(width) to \(filters), \(size)x\(size), stride \(stride), \(padding), "
      + "\(layout)"
  }

  var geometry: ConvolutionGeometry {
    switch padding {
    case .valid: ConvolutionGeometry(validKernel: size, stride: stride)
    case .zeros(let count): ConvolutionGeometry(kernel: size, stride: stride, padding: count)
    case .same:
      ConvolutionGeometry(sameKernel: size, stride: stride, height: height, width: width)
    }
  }

  var naive: Naive.Convolution {
    var naive = Naive.Convolution(
      filters: filters, size: size, stride: stride, same: padding == .same)
    if case .zeros(let count) = padding { naive.zeros = count }
    return naive
  }

  var shape: ImageShape { ImageShape(channels: channels, height: height, width: width) }

  // MARK: Which

  /// Small ones of all kinds: with filters that fill blocks of sixteen, parts of them, or are just one.
  static let odd: [ConvolutionCase] = {
    var cases: [ConvolutionCase] = []
    for channels in [1, 3, 6, 10, 32] {
      for (size, stride) in [(5, 1), (3, 1), (3, 2), (1, 1), (2, 2), (4, 1), (7, 3)] {
        for padding in [Padding.same, .valid] {
          cases.append(
            ConvolutionCase(
              channels: channels, filters: channels == 1 ? 32 : channels == 32 ? 16 : 7,
              size: size, stride: stride, padding: padding, layout: .plain))
          cases.append(
            ConvolutionCase(
              channels: channels, filters: channels == 10 ? 1 : 16, size: size, stride: stride,
              padding: padding, layout: .blocked))
          cases.append(
            ConvolutionCase(
              channels: channels, filters: channels == 10 ? 1 : 7, size: size, stride: stride,
              padding: padding, layout: .lanes))
        }
      }
      cases.append(
        ConvolutionCase(
          channels: channels, height: 5, width: 5, filters: 13, size: 5, padding: .valid,
          layout: .lanes))
    }
    return cases
  }()

  /// Those of all presets' networks, each shape once.
  static func presets() throws -> [ConvolutionCase] {
    var cases: [ConvolutionCase] = []
    for name in Configuration.presetNames {
      let configuration = try Configuration.preset(name)
      guard configuration.problem == .networks else { continue }
      let images = try DatasetCatalog.describe(name: configuration.data.name)
      let target = try configuration.targetArchitecture(input: images.shape)
      var walk = Walk(shape: target.input, layout: .plain)
      walk.append(target.layers)
      for found in walk.cases where !cases.contains(found) { cases.append(found) }
    }
    return cases
  }

  /// The images that a network's layers see, one after the other.
  private struct Walk {
    var shape: ImageShape
    var layout: OperatorBench.Layout
    var cases: [ConvolutionCase] = []

    mutating func append(_ layers: [TargetLayer]) {
      for layer in layers {
        switch layer {
        case .convolution(let filters, let size, let stride, let padding):
          let made = ConvolutionCase(
            channels: shape.channels, height: shape.height, width: shape.width, filters: filters,
            size: size, stride: stride, padding: Padding(padding), layout: layout)
          cases.append(made)
          var inLanes = made
          inLanes.layout = .lanes
          cases.append(inLanes)
          shape = made.naive.output(shape)
          layout = .blocked
        case .maxPool(let size, let stride), .averagePool(let size, let stride):
          shape = Naive.Pooling(.max, size: size, stride: stride).output(shape)
        case .residual(let inner): append(inner)
        case .relu, .leakyReLU, .tanh, .normalization, .globalAveragePool, .fullyConnected: break
        }
      }
    }
  }
}

extension ConvolutionCase.Padding {
  init(_ padding: TargetLayer.Padding) {
    switch padding {
    case .same: self = .same
    case .valid: self = .valid
    case .zeros(let count): self = .zeros(count)
    }
  }
}
