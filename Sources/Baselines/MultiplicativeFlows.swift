// Multiplicative normalizing flows.

import Configurations
import Numerics
import TargetNetworks

/// MNFG (Louizos and Welling 2017): in each layer weights are normal around means times random factors z, which a flow makes of normal numbers
/// (``FlowLayer``, ``LayerMultiplier``). A latent is all noise of a network: for each layer D normal numbers for z, then D weights' worth of them, then the masks
/// of the flows' steps, zeros and ones. Between two latents masks are in between, too, and what they choose between is mixed.
///
/// The penalty is the sum of the layers' divergences (``FlowLayer/divergence(reverse:multiplierNoise:masks:reverseNoise:reverseMasks:_:scratch:penaltyScratch:into:)``),
/// all from one z.
public struct MultiplicativeFlows: WeightModel {
  public let layout: ParameterLayout
  public let generatingCount: Int
  public let latentSize: Int
  public let penaltyNoiseSize: Int
  public let scratchCount: Int

  /// Of a layer and its noise: where its parts lie in latents and in the penalty's noise.
  private struct Part {
    let layer: FlowLayer
    let reverse: ReverseModel?
    let multiplierNoise: Range<Int>
    let noise: Range<Int>
    let masks: Range<Int>
    let penaltyNoise: Range<Int>
    let penaltyMasks: Range<Int>
    let reverseNoise: Range<Int>
    let reverseMasks: Range<Int>
    let scratch: Range<Int>
  }

  private let parts: [Part]
  /// Normal numbers of a latent and of the penalty's noise; zeros and ones follow.
  private let normalCount: Int
  private let penaltyNormalCount: Int
  private let penaltyScratch: Range<Int>

  /// Of `target`, which has no normalizations.
  public init(target: TargetArchitecture, settings: FlowSettings) {
    precondition(!target.isNormalized, "MultiplicativeFlows: a target network with normalizations")
    var layout = ParameterLayout()
    let layers = target.blocks.map { block in
      FlowLayer(
        block, isConvolution: block.kernelShape.count == 3, settings: settings, in: &layout)
    }
    generatingCount = layout.count
    let reverses = zip(target.blocks, layers).map { block, layer in
      layer.multiplier.map { _ in
        ReverseModel(block.name, layer: layer, settings: settings, in: &layout)
      }
    }
    self.layout = layout
    var (latent, penalty, scratch) = (Cursor(), Cursor(), Cursor())
    let multipliers = layers.map { latent.take($0.multiplier?.size ?? 0) }
    let noise = layers.map { latent.take($0.range.count) }
    normalCount = latent.end
    let masks = layers.map { latent.take($0.multiplier?.maskCount ?? 0) }
    latentSize = latent.end
    let penaltyNoise = layers.map { penalty.take($0.multiplier?.size ?? 0) }
    let reverseNoise = reverses.map { penalty.take($0?.noiseCount ?? 0) }
    penaltyNormalCount = penalty.end
    let penaltyMasks = layers.map { penalty.take($0.multiplier?.maskCount ?? 0) }
    let reverseMasks = reverses.map { penalty.take($0?.flow.maskCount ?? 0) }
    penaltyNoiseSize = penalty.end
    parts = layers.indices.map { index in
      Part(
        layer: layers[index], reverse: reverses[index], multiplierNoise: multipliers[index],
        noise: noise[index], masks: masks[index], penaltyNoise: penaltyNoise[index],
        penaltyMasks: penaltyMasks[index], reverseNoise: reverseNoise[index],
        reverseMasks: reverseMasks[index], scratch: scratch.take(layers[index].scratchCount))
    }
    penaltyScratch = scratch.take(reverses.map { $0?.scratchCount ?? 0 }.max() ?? 0)
    scratchCount = scratch.end
  }

  public var flopsPerNetwork: Double {
    parts.reduce(0) { $0 + ($1.layer.multiplier?.flow.flops ?? 0) }
  }

  public var flopsPerPenalty: Double {
    parts.reduce(flopsPerNetwork) { $0 + ($1.reverse?.flow.flops ?? 0) }
  }

  public func initialize(_ values: FloatView, seed: UInt64) {
    for part in parts {
      part.layer.initialize(values, seed: seed)
      part.reverse?.initialize(values, seed: seed)
    }
  }

  public func fillLatent(_ latent: FloatView, _ random: CounterRandom) {
    fill(latent, normal: normalCount, random)
  }

  public func fillPenaltyNoise(_ noise: FloatView, _ random: CounterRandom) {
    fill(noise, normal: penaltyNormalCount, random)
  }

  private func fill(_ numbers: FloatView, normal count: Int, _ random: CounterRandom) {
    random.fillNormalFours(numbers.slice(0, count))
    random.fillBits(numbers.dropFirst(count), first: (count + 3) / 4)
  }

  public func generate(
    _ weights: FloatView, from latent: FloatView, _ values: FloatView, scratch: FloatView
  ) {
    for part in parts {
      part.layer.generate(
        weights.slice(part.layer.range), multiplierNoise: latent.slice(part.multiplierNoise),
        noise: latent.slice(part.noise), masks: latent.slice(part.masks), values,
        scratch: scratch.slice(part.scratch))
    }
  }

  public func backward(
    _ weightGradient: FloatView, latent: FloatView, _ values: FloatView, scratch: FloatView,
    into gradient: FloatView
  ) {
    for part in parts {
      part.layer.backward(
        weightGradient.slice(part.layer.range), multiplierNoise: latent.slice(part.multiplierNoise),
        noise: latent.slice(part.noise), masks: latent.slice(part.masks), values,
        scratch: scratch.slice(part.scratch), into: gradient)
    }
  }

  public func penalty(
    _ noise: FloatView, _ values: FloatView, scratch: FloatView, into gradient: FloatView
  ) -> Double {
    var sum = 0.0
    for part in parts {
      sum += part.layer.divergence(
        reverse: part.reverse, multiplierNoise: noise.slice(part.penaltyNoise),
        masks: noise.slice(part.penaltyMasks), reverseNoise: noise.slice(part.reverseNoise),
        reverseMasks: noise.slice(part.reverseMasks), values, scratch: scratch.slice(part.scratch),
        penaltyScratch: scratch.slice(penaltyScratch), into: gradient)
    }
    return sum
  }
}

/// Parts of a vector, one behind the other.
private struct Cursor {
  private(set) var end = 0

  mutating func take(_ count: Int) -> Range<Int> {
    defer { end += count }
    return end..<end + count
  }
}
