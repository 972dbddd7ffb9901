// What a run took of processors.

/// Read from a run folder's files.
package enum RunCost {
  /// Seconds of training up to step `step`, those of validations and checkpoints left out, times ranks and threads; nil where the
  /// folder does not tell, or where sessions had different ranks or threads. Local.
  package static func coreSeconds(_ folder: RunFolder, upTo step: Int) -> Double? {
    guard let metrics = try? MetricsFile.read(folder.metrics),
      let log = try? EventLog.read(folder.log)
    else { return nil }
    let cores = Set(
      log.entries.compactMap { entry -> Int? in
        switch entry.event {
        case .start(let session), .resume(let session): session.ranks * session.threads
        default: nil
        }
      })
    guard cores.count == 1, let cores = cores.first,
      let row = metrics.rows.last(where: { $0.step <= step }), row.step == step,
      let seconds = row.seconds
    else { return nil }
    return seconds * Double(cores)
  }
}
