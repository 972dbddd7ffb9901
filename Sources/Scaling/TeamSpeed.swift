// How much faster several threads run one network.

import Files

/// The time of a target network on a team, as a part of that on one thread: Amdahl's law, or what teams of some sizes were found to take.
///
/// Between two sizes the part is linear in 1 / size; beyond the largest more threads bring nothing.
struct TeamSpeed: Sendable {
  /// Of rising size, one thread first.
  private let known: [(size: Int, part: Double)]
  /// Amdahl's, where nothing else is known.
  let serialPart: Double

  init(serialPart: Double) {
    self.serialPart = serialPart
    known = []
  }

  /// - Parameter teams: of some sizes, seconds.
  init(secondsAlone: Double, teams: [(size: Int, seconds: Double)]) {
    serialPart = 0
    known =
      [(1, 1)]
      + teams.filter { $0.size > 1 }.sorted { $0.size < $1.size }
      .map { ($0.size, $0.seconds / secondsAlone) }
  }

  /// From figures of `bench team --json`, whose images it returns too; nil if it is something else.
  static func read(_ json: JSONValue) -> (speed: TeamSpeed, images: Int)? {
    guard json["command"]?.text == "bench team", let images = json["images"]?.number,
      let alone = json["seconds_alone"]?.number, alone > 0,
      let teams = json["teams"]?.elements
    else { return nil }
    let sizes = teams.compactMap { team -> (size: Int, seconds: Double)? in
      guard let size = team["size"]?.number, let seconds = team["seconds"]?.number, size >= 1,
        seconds > 0
      else { return nil }
      return (Int(size), seconds)
    }
    guard sizes.count == teams.count else { return nil }
    return (TeamSpeed(secondsAlone: alone, teams: sizes), Int(images))
  }

  func part(of size: Int) -> Double {
    guard let last = known.last else {
      return serialPart + (1 - serialPart) / Double(size)
    }
    guard let above = known.firstIndex(where: { $0.size >= size }) else { return last.part }
    let (high, low) = (known[above], known[max(0, above - 1)])
    if high.size == size { return high.part }
    let (x, x0, x1) = (1 / Double(size), 1 / Double(low.size), 1 / Double(high.size))
    return low.part + (high.part - low.part) * (x - x0) / (x1 - x0)
  }
}
