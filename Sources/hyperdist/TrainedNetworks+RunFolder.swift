// What the folder tells in which networks lie.

import RunFiles
import TrainedModels

extension TrainedNetworks {
  /// What the run took whose folder `file` lies in; nil elsewhere. Local.
  func coreSeconds(file: String) -> Double? {
    guard let folder = RunFolder(ofNetworks: file), let step else { return nil }
    return RunCost.coreSeconds(folder, upTo: step)
  }
}
