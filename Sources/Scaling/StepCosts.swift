// What a step's phases cost a rank, from measurements.

import Files
import Host
import Numerics

/// Seconds of each phase as a function of a rank's latents and threads and of the ranks, fitted to one or several `bench step --json`.
///
/// A phase takes a + b x: of targets a = 0 and x is the number of target networks that one thread runs after the other, the last of which run in teams, as fast as
/// ``TeamSpeed`` says: from `bench team`, or Amdahl's law with the serial part sigma that fits; of the optimizer x = 1 / (P T), of the others n / T, for P ranks of T threads and n latents of a rank. With
/// measurements at one x only, a = 0. Nothing here knows of memory that cores share beyond what was measured.
public struct StepCosts: Sendable {
  /// A measurement.
  struct Observation: Sendable {
    let ranks: Int
    let threads: Int
    let latents: Int
    let images: Int
    /// Median over steps, by phase.
    let seconds: [Double]
  }

  /// a and b of each phase.
  let lines: [(constant: Double, slope: Double)]
  let teams: TeamSpeed
  /// Target networks' time in each measured step, by their median.
  public let imbalance: [Double]
  public let images: Int
  /// Whether the speed of teams was measured.
  public let knowsTeams: Bool
  /// Of each `bench reduction` that was given.
  let messages: [MessageCosts]

  /// Reads files of `bench step --json`, of `bench team --json`, and of `bench reduction --json` on several ranks of one node.
  public init(files: [String]) throws {
    var observations: [Observation] = []
    var teams: (speed: TeamSpeed, images: Int)?
    var factors: [Double] = []
    var messages: [MessageCosts] = []
    for path in files {
      guard let text = try WholeFile.text(path) else {
        throw ScalingError("--costs \(path): no such file", .badRequest)
      }
      let json = JSONValue(parsing: text)
      if let json, let found = MessageCosts(json) {
        messages.append(found)
      } else if let json, let found = TeamSpeed.read(json) {
        teams = found
      } else if let json, let (observation, own) = Self.observation(json) {
        observations.append(observation)
        if factors.isEmpty || observation.ranks == 1 { factors += own }
      } else {
        throw ScalingError(
          "--costs \(path): this is no figures of this version's bench step, bench team or bench reduction; make them with --json",
          .badRequest)
      }
    }
    if let teams, let other = observations.first(where: { $0.images != teams.images }) {
      throw ScalingError(
        "--costs: bench team with \(teams.images) images a latent, bench step with \(other.images)",
        .badRequest)
    }
    try self.init(observations, teams: teams?.speed, imbalance: factors, messages: messages)
  }

  init(
    _ observations: [Observation], teams: TeamSpeed? = nil, imbalance: [Double] = [],
    messages: [MessageCosts] = []
  ) throws {
    guard let first = observations.first else {
      throw ScalingError(
        "--costs: give figures of bench step (hyperdist bench step --json FILE)", .badRequest)
    }
    images = first.images
    guard observations.allSatisfy({ $0.images == first.images }) else {
      throw ScalingError("--costs: measurements with different images a latent", .badRequest)
    }
    self.imbalance = imbalance
    self.messages = messages
    let isMeasured = observations.contains {
      ($0.latents + $0.ranks - 1) / $0.ranks % $0.threads > 0
    }
    knowsTeams = isMeasured || teams != nil
    let fit = { (phase: Phase, speed: TeamSpeed) in
      Self.fit(
        observations.map { ($0.seconds[phase.rawValue], Self.amount(phase, $0, speed)) },
        hasConstant: phase != .targets)
    }
    let candidates = (isMeasured ? 0...100 : 0...0).map { TeamSpeed(serialPart: 0.01 * Double($0)) }
    let speed =
      teams ?? candidates.min { fit(.targets, $0).error < fit(.targets, $1).error }!
    self.teams = speed
    lines = Phase.allCases.map { phase in
      let line = fit(phase, speed)
      return (line.constant, line.slope)
    }
  }

  /// How long a rank computes in a phase.
  ///
  /// - Parameter latents: of the rank; without any only the optimizer has work.
  public func seconds(_ phase: Phase, latents: Int, ranks: Int, threads: Int) -> Double {
    seconds(phase, latents: Double(latents), ranks: ranks, threads: threads)
  }

  /// The same of parts of latents.
  public func seconds(_ phase: Phase, latents: Double, ranks: Int, threads: Int) -> Double {
    if phase == .communication || (latents == 0 && phase != .optimizer) { return 0 }
    let line = lines[phase.rawValue]
    let amount = Self.amount(
      phase,
      latents: latents, ranks: ranks, threads: threads, teams)
    return line.constant + line.slope * amount
  }

  // MARK: Fitting

  private static func amount(_ phase: Phase, _ one: Observation, _ teams: TeamSpeed) -> Double {
    amount(
      phase, latents: Double(one.latents) / Double(one.ranks), ranks: one.ranks,
      threads: one.threads, teams)
  }

  private static func amount(
    _ phase: Phase, latents: Double, ranks: Int, threads: Int, _ teams: TeamSpeed
  ) -> Double {
    switch phase {
    case .targets:
      let count = Int(latents.rounded(.up))
      let rest = count % threads
      return Double(count / threads) + (rest > 0 ? teams.part(of: threads / rest) : 0)
    case .optimizer: return 1 / Double(ranks * threads)
    default: return latents / Double(threads)
    }
  }

  /// The line through (amount, seconds) with the least relative errors whose constant and slope are not negative.
  private static func fit(
    _ points: [(seconds: Double, amount: Double)], hasConstant: Bool
  ) -> (constant: Double, slope: Double, error: Double) {
    let points = points.filter { $0.seconds > 0 && $0.amount > 0 }
    if points.isEmpty { return (0, 0, 0) }
    func error(_ constant: Double, _ slope: Double) -> Double {
      points.reduce(0) {
        let relative = (constant + slope * $1.amount) / $1.seconds - 1
        return $0 + relative * relative
      }
    }
    var (w, x, xx) = (0.0, 0.0, 0.0)
    var (y, xy) = (0.0, 0.0)
    for point in points {
      let weight = 1 / (point.seconds * point.seconds)
      w += weight
      x += weight * point.amount
      xx += weight * point.amount * point.amount
      y += weight * point.seconds
      xy += weight * point.amount * point.seconds
    }
    var candidates = [(0.0, xy / xx)]
    let determinant = w * xx - x * x
    if hasConstant, Set(points.map(\.amount)).count > 1, determinant > 0 {
      candidates.append(((xx * y - x * xy) / determinant, (w * xy - x * y) / determinant))
      candidates.append((y / w, 0))
    }
    let best = candidates.filter { $0.0 >= 0 && $0.1 >= 0 }
      .min { error($0.0, $0.1) < error($1.0, $1.1) }!
    return (best.0, best.1, error(best.0, best.1))
  }

  private static func observation(_ json: JSONValue) -> (Observation, imbalance: [Double])? {
    guard json["command"]?.text == "bench step", let steps = json["steps"]?.elements,
      !steps.isEmpty
    else { return nil }
    func whole(_ key: String) -> Int? { json[key]?.number.map { Int($0) } }
    guard let ranks = whole("ranks"), let threads = whole("threads"),
      let latents = whole("latents"), let images = whole("images")
    else { return nil }
    let phases = Phase.allCases.map { phase in
      steps.compactMap { $0["mean"]?["\(phase)"]?.number }
    }
    guard phases.allSatisfy({ $0.count == steps.count }) else { return nil }
    let medians = phases.map(Efficiency.median)
    let targets = medians[Phase.targets.rawValue]
    return (
      Observation(
        ranks: ranks, threads: threads, latents: latents, images: images, seconds: medians),
      targets > 0 ? phases[Phase.targets.rawValue].map { $0 / targets } : []
    )
  }
}
