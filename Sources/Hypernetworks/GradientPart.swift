// The pieces in which a hypernetwork's gradient, and its parameters, are exchanged.

import Collectives
import Numerics

/// A run of a hypernetwork's parameters: its gradient sets off at once, and what has been made of it is brought back at once.
package struct GradientPart: Sendable, Equatable {
  /// Perceptrons that run in lockstep.
  package enum Group: Sendable { case extractor, generators }

  /// A weight, (columns, inputs), whose columns are divided among ranks.
  package struct Columns: Sendable, Equatable {
    /// Within the group.
    package let perceptron: Int
    package let count: Int
    package let inputs: Int
    /// Numbers of a row of the layer's input as it lies.
    package let inputColumns: Int
  }

  package let range: Range<Int>
  package let group: Group
  /// The layer behind whose backward pass the gradient is complete, and before whose forward pass the parameters are needed; the free centre's is
  /// one more than there are.
  package let level: Int
  /// Nil where gradients are summed over ranks.
  package let columns: Columns?
  /// Whether they are summed along the leaves of rows, and not of samples.
  package let isOfRows: Bool

  /// Layers with fewer parameters, 1 MiB, set off together with the next one below.
  private static let leastCount = 1 << 18

  /// All parts, in the parameters' order.
  ///
  /// - Parameters:
  ///   - plan: where it has slices, layers whose rows are cut set off apart from those whose rows are not.
  ///   - dividing: whether layers with one row a sample are divided where their weights are at least twice as many as the numbers of all their
  ///     rows.
  package static func all(_ layout: HypernetworkLayout, _ plan: ShardPlan, dividing: Bool)
    -> [GradientPart]
  {
    let end = layout.center?.offset ?? layout.parameters.count
    var parts =
      of(
        [layout.extractor], .extractor, end: layout.generators[0].weights[0].offset, plan,
        dividing)
      + of(layout.generators, .generators, end: end, plan, dividing)
    if let center = layout.center {
      parts.append(
        GradientPart(
          range: center.range, group: .generators,
          level: layout.generators.map(\.depth).max() ?? 0, columns: nil, isOfRows: false))
    }
    return parts
  }

  private static func of(
    _ perceptrons: [Perceptron], _ group: Group, end: Int, _ plan: ShardPlan, _ dividing: Bool
  ) -> [GradientPart] {
    var parts: [GradientPart] = []
    for (number, perceptron) in perceptrons.enumerated() {
      let next = number + 1 < perceptrons.count ? perceptrons[number + 1].weights[0].offset : end
      let isOfRows = plan.sliceCount > 1 && perceptron.rowsPerLatent > 1
      let starts = perceptron.weights.map(\.offset) + [next]
      // From the last layer down.
      var own: [GradientPart] = []
      for level in (0..<perceptron.depth).reversed() {
        let columns =
          dividing && level == perceptron.depth - 1
          ? Self.columns(perceptron, number, plan.sampleCount) : nil
        let above = own.last
        let joins =
          above.map {
            $0.columns == nil
              && ($0.range.count < leastCount
                || level == 0 && starts[1] - starts[0] < leastCount)
          } ?? false
        if joins { own.removeLast() }
        own.append(
          GradientPart(
            range: starts[level]..<(joins ? above!.range.upperBound : starts[level + 1]),
            group: group, level: level, columns: columns, isOfRows: isOfRows))
      }
      for part in own.reversed() {
        if let before = parts.last, before.level == part.level, before.columns == nil,
          part.columns == nil, before.isOfRows == part.isOfRows
        {
          parts[parts.count - 1] = GradientPart(
            range: before.range.lowerBound..<part.range.upperBound, group: group,
            level: part.level, columns: nil, isOfRows: part.isOfRows)
        } else {
          parts.append(part)
        }
      }
    }
    return parts
  }

  /// Nil where the last layer is to be summed.
  private static func columns(_ perceptron: Perceptron, _ number: Int, _ samples: Int) -> Columns? {
    let (inputs, outputs) = (
      perceptron.widths[perceptron.depth - 1], perceptron.outputWidth
    )
    let inputColumns = perceptron.depth > 1 ? MatrixView.padded(inputs) : inputs
    guard perceptron.rowsPerLatent == 1, inputs * outputs >= 2 * samples * (inputs + outputs),
      ColumnSchedule.fits(
        samples: samples, columns: outputs, shared: inputColumns, weights: inputs)
    else { return nil }
    return Columns(
      perceptron: number, count: outputs, inputs: inputs, inputColumns: inputColumns)
  }
}
