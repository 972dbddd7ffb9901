// Gauge fixing as operators.

import Hypernetworks
import TargetNetworks

/// Appends what ``GaugeTransform`` does to weight vectors. A block is (networks, filters, numbers of a filter), a filter's
/// kernel first.
struct GaugeGraph {
  let gauge: GaugeTransform
  let blocks: [TargetArchitecture.Block]
  let builder: GraphBuilder

  func append(_ values: [String]) -> [String] {
    guard let fixing = gauge.fixing else { return values }
    var scales: [Int: String] = [:]
    var fixed = zip(values, blocks.enumerated()).map { value, place in
      let (index, block) = place
      return builder.within("gauge/\(block.name)") {
        let compensated =
          fixing.incoming[index].map { scaleChannels(of: value, block, by: scales[$0]!) } ?? value
        return divide(compensated, block, fixing.units[index], &scales)
      }
    }
    if fixing.centersBias {
      fixed[fixed.count - 1] = builder.within("gauge/logits") {
        subtractMeanBias(of: fixed[fixed.count - 1], blocks[blocks.count - 1])
      }
    }
    return gauge.sortsFilters ? sort(fixed, fixing, scales) : fixed
  }

  /// Multiplies a block's kernels on each input channel by that channel's s, (networks, channels, 1).
  private func scaleChannels(
    of value: String, _ block: TargetArchitecture.Block, by scale: String
  ) -> String {
    changingKernel(of: value, block) { channels in
      builder.add("Mul", [channels, builder.insertAxis(scale, at: 1)])
    }
  }

  /// Does to each filter's units what they ask for, one after the other; their s, (networks, filters, 1), go to `scales` under
  /// their slots.
  private func divide(
    _ value: String, _ block: TargetArchitecture.Block, _ units: [GaugeFixing.Unit],
    _ scales: inout [Int: String]
  ) -> String {
    units.reduce(value) { value, unit in
      let ranges = [
        0..<unit.range.lowerBound, unit.range, unit.range.upperBound..<block.filterSize,
      ].filter { !$0.isEmpty }
      var parts = builder.split(value, ranges.map(\.count), axis: 2)
      let place = ranges.firstIndex(of: unit.range)!
      let scale: String
      if case .sign = unit.kind {
        scale = sign(of: parts[place])
      } else {
        scale = size(of: parts[place])
      }
      scales[unit.slot] = scale
      if case .measured = unit.kind { return value }
      parts[place] = builder.add("Div", [parts[place], scale])
      return builder.concatenate(parts, axis: 2)
    }
  }

  /// sqrt(mean of squares + 1e-8) of each filter's numbers.
  private func size(of part: String) -> String {
    let square = builder.mean(builder.add("Mul", [part, part]), axes: [2], keeps: true)
    let epsilon = builder.constant("gauge/epsilon", shape: [1], [GaugeFixing.epsilon])
    return builder.add("Sqrt", [builder.add("Add", [square, epsilon])])
  }

  /// -1 where the sum of a filter's numbers is negative, else 1.
  private func sign(of part: String) -> String {
    func number(_ value: Float) -> String {
      builder.constant("gauge/\(value)", shape: [1], [value])
    }
    let sum = builder.mean(part, axes: [2], keeps: true)
    return builder.add(
      "Where", [builder.add("Less", [sum, number(0)]), number(-1), number(1)])
  }

  /// The last layer's biases have mean 0.
  private func subtractMeanBias(of value: String, _ block: TargetArchitecture.Block) -> String {
    let parts = builder.split(value, [block.kernelCount, 1], axis: 2)
    let mean = builder.mean(parts[1], axes: [1], keeps: true)
    return builder.concatenate([parts[0], builder.add("Sub", [parts[1], mean])], axis: 2)
  }

  /// Sorts filters whose order does not matter by their root mean squares, and the input channels of the layer behind with them.
  private func sort(_ values: [String], _ fixing: GaugeFixing, _ scales: [Int: String]) -> [String]
  {
    /// Of the channels that blocks read.
    var incoming: [Int: String] = [:]
    return zip(values, blocks.enumerated()).map { value, place in
      let (index, block) = place
      return builder.within("gauge/\(block.name)") {
        var sorted = value
        if let slot = fixing.sizeSlots[index], let consumer = block.consumer {
          let order = self.order(of: scales[slot]!, count: block.filterCount)
          incoming[consumer] = order
          sorted = gather(sorted, order)
        }
        guard let order = incoming[index] else { return sorted }
        return changingKernel(of: sorted, block) { channels in
          let swapped = builder.transpose(channels, [0, 2, 1, 3])
          return builder.transpose(gather(swapped, order), [0, 2, 1, 3])
        }
      }
    }
  }

  /// Which filter comes to each place, (networks, filters, 1): ascending, equals as they were.
  private func order(of scale: String, count: Int) -> String {
    builder.add(
      "TopK", [scale, builder.integers([count])],
      ["axis": .integer(1), "largest": .integer(0), "sorted": .integer(1)], outputs: 2)[1]
  }

  /// Rows of each network in an order of its own.
  private func gather(_ value: String, _ order: String) -> String {
    builder.add("GatherND", [value, order], ["batch_dims": .integer(1)])
  }

  /// `body` makes kernels, (networks, filters, channels, elements of a channel), of others.
  private func changingKernel(
    of value: String, _ block: TargetArchitecture.Block, _ body: (String) -> String
  ) -> String {
    let parts = builder.split(
      value, [block.kernelCount, block.filterSize - block.kernelCount], axis: 2)
    let channels = builder.reshape(
      parts[0], [-1, block.filterCount, block.inputChannelCount, block.elementsPerChannel])
    let kernel = builder.reshape(body(channels), [-1, block.filterCount, block.kernelCount])
    return builder.concatenate([kernel, parts[1]], axis: 2)
  }
}
