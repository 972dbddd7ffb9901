// What a data file holds, in words.

import Checkpointing
import Numerics

extension DataFile {
  /// A line for each thing there is to know of the file at `path`, all of whose numbers have been looked at. Throws what is
  /// wrong with it. Local.
  public static func check(_ path: String) throws(DatasetError) -> [String] {
    let layout = try DataFileLayout(path)
    let reader = try DataFileReader(layout)
    var lines: [String] = []
    for split in [layout.training, layout.validation, layout.test].compactMap(\.self) {
      let images = try reader.images(split)
      var text = "\(split.name): \(images.count) inputs of "
      text +=
        split.inputs.shape.count == 2
        ? "\(layout.shape.channels) features" : "\(layout.shape)"
      text += ", \(split.inputs.kind.text)"
      text += split.inputs.offset == nil ? " (in chunks or compressed: unpacked before use)" : ""
      lines.append(text)
      lines.append("  " + describe(images.answers, layout.names))
    }
    if layout.validation == nil {
      lines.append("validation: none; data.validationCount of train are taken")
    }
    if layout.test == nil { lines.append("test: none") }
    return lines
  }

  private static func describe(_ answers: Answers, _ names: DataNames) -> String {
    switch answers {
    case .labels(let labels, let classCount):
      var counts = [Int](repeating: 0, count: classCount)
      for label in labels { counts[Int(label)] += 1 }
      let most = 20
      let listed = counts.prefix(most).enumerated().map { index, count in
        "\(names.classes.isEmpty ? "\(index)" : names.classes[index]): \(count)"
      }.joined(separator: ", ")
      return "\(classCount) classes (\(listed)\(classCount > most ? ", ..." : ""))"
    case .targets(let targets):
      let moments = ChannelNormalization(of: targets)
      let listed = zip(moments.means, moments.deviations).enumerated().map { index, moment in
        "\(names.targets.isEmpty ? "\(index)" : names.targets[index]): mean \(moment.0), deviation \(moment.1)"
      }.joined(separator: "; ")
      return "\(answers.kind.text) (\(listed))"
    }
  }
}
