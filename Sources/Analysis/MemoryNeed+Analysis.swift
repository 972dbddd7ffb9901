// What an analysis takes of a rank's memory.

import Host
import Hypernetworks

extension MemoryNeed {
  /// Of one of `ranks`, for the networks that ``AnalysisKind/samples`` counts, on `images` images.
  public static func analysis(
    _ kind: AnalysisKind, samples: Int, images: Int, layout: HypernetworkLayout, ranks: Int
  ) -> MemoryNeed {
    var need = MemoryNeed()
    let setting = "--samples \(samples)"
    switch kind {
    case .accuracy, .paths: need.add(setting, bytes: samples / ranks, images)
    case .ensembles:
      need.add(setting, bytes: EnsemblesAnalysis.ensembleCount, samples / ranks, images)
    case .filters: need.add(setting, networks: samples / ranks, of: layout)
    case .scatter:
      need.add(setting, networks: samples / ranks, of: layout)
      // Products of all pairs, layer by layer.
      need.add(setting, bytes: samples, samples, layout.target.blocks.count, 8)
    case .similarity, .adversarial: need.add(setting, networks: samples, of: layout)
    }
    return need
  }
}
