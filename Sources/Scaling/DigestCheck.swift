// Whether a study's points computed the same.

/// Points of the same problem end in the same bits after as many steps.
public enum DigestCheck {
  /// The first two starts of the same problem that ended differently: one line, or nil.
  public static func complaint(_ table: StepTable) -> String? {
    let timed = table.rows.filter { !$0.isDead && !$0.digest.isEmpty }
    for (_, rows) in Dictionary(grouping: timed, by: \.latents).sorted(by: { $0.key < $1.key }) {
      guard let other = rows.first(where: { $0.digest != rows[0].digest }) else { continue }
      return
        "points computed different bits: \(name(rows[0])) ended in \(rows[0].digest.prefix(12)), \(name(other)) in "
        + "\(other.digest.prefix(12)); times of different computations say nothing (processors of different kinds add differently: "
        + "keep a study on one kind)"
    }
    return nil
  }

  private static func name(_ row: StepRow) -> String {
    "\(row.ranks) x \(row.threads) of round \(row.round)"
  }
}
