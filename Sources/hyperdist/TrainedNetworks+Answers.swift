// What some commands need networks to say.

import TrainedModels

extension TrainedNetworks {
  /// That they name classes, by which `command` goes.
  func requireClasses(_ command: String) throws {
    guard target.loss.isRegression else { return }
    throw BadRequest(
      description:
        "\(command) goes by the classes that networks name, and these predict numbers: it has no meaning for them (evaluate measures "
        + "networks alone and together)")
  }
}
