// What an analysis takes of a rank's memory.

import Host
import Hypernetworks
import TargetNetworks

extension MemoryNeed {
  /// Of one of `ranks`, for the networks that ``AnalysisKind/samples`` counts, on `images` images.
  public static func analysis(
    _ kind: AnalysisKind, samples: Int, images: Int, target: TargetArchitecture, latentSize: Int,
    ranks: Int
  ) -> MemoryNeed {
    var need = MemoryNeed()
    let setting = "--samples \(samples)"
    switch kind {
    case .accuracy, .paths: need.add(setting, bytes: samples / ranks, images)
    case .ensembles:
      need.add(setting, bytes: EnsemblesAnalysis.ensembleCount, samples / ranks, images)
    case .predictions, .calibration: need.add(setting, bytes: samples, images, 8)
    case .filters: need.add(setting, networks: samples / ranks, of: target, latentSize: latentSize)
    case .scatter:
      need.add(setting, networks: samples / ranks, of: target, latentSize: latentSize)
      // Products of all pairs, layer by layer.
      need.add(setting, bytes: samples, samples, target.blocks.count, 8)
    case .similarity, .adversarial:
      need.add(setting, networks: samples, of: target, latentSize: latentSize)
    }
    return need
  }
}
