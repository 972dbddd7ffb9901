// Places along the only feature of images.

import Datasets
import Evaluation
import Numerics

/// Equally spaced values of a feature, a quarter of the training values' range beyond these on both sides, as images.
struct CurveGrid {
  /// In the feature's own units.
  let inputs: [Double]
  let trainingInputs: [Double]
  let images: LabeledImages

  init(_ training: LabeledImages) {
    let pixels = training.pixels(first: training.count)
    let (mean, deviation) =
      training.normalization.map { (Double($0.means[0]), Double($0.deviations[0])) } ?? (0, 1)
    let trainingInputs = (0..<training.count).map {
      Double(pixels.view[$0]) * deviation + mean
    }
    let (least, most) = (trainingInputs.min() ?? 0, trainingInputs.max() ?? 0)
    let count = PredictionsAnalysis.curvePoints
    let inputs = (0..<count).map {
      least + (most - least) * (1.5 * Double($0) / Double(count - 1) - 0.25)
    }
    self.trainingInputs = trainingInputs
    self.inputs = inputs
    let outputs = training.targets?.outputCount ?? 1
    images = LabeledImages(
      shape: training.shape, values: inputs.map(Float.init),
      answers: .targets(
        TargetValues(
          outputCount: outputs, values: [Float](repeating: 0, count: count * outputs)))
    ).normalized(by: training.normalization, targets: training.targets?.normalization)
  }
}
