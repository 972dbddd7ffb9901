// What the commands that run trained networks say of input they cannot use, alone and on two ranks.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct BadInputTests {
  private let run: TrainedRun

  init() throws {
    run = try TrainedRun([
      "--steps", "2", "--set", "target.layers=[fullyConnected: {outputs: 10}]", "--set",
      "hypernetwork.generatorHidden=[[8]]",
    ])
  }

  /// A copy of the checkpoint, changed by lines of Python that see it as `f`.
  private func changed(_ name: String, _ lines: String) throws -> String {
    let copy = run.file(name)
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: run.checkpoint).resolvingSymlinksInPath(),
      to: URL(fileURLWithPath: copy))
    try change(copy, lines)
    return copy
  }

  private func change(_ file: String, _ lines: String) throws {
    _ = try Python.output(
      of: "import h5py, sys\nwith h5py.File(sys.argv[1], 'r+') as f:\n"
        // As files were before they had one: what is changed is to be read.
        + "    f.attrs.pop('header_digest', None)\n"
        + lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"), [file])
  }

  /// One line that holds `message`, nothing on standard output, the same on any number of ranks.
  private func expectLine(
    _ arguments: [String], status: Int32 = 1, _ message: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var lines: Set<String> = []
    for ranks in [nil, 2] {
      let bad = try Program.run(arguments, ranks: ranks)
      #expect(bad.status == status, "\(arguments): \(bad.errors)", sourceLocation: sourceLocation)
      let own = bad.errors.split(separator: "\n").filter { $0.hasPrefix("hyperdist:") }
      #expect(own.count == 1, "\(arguments): \(bad.errors)", sourceLocation: sourceLocation)
      #expect(
        bad.errors.contains(message), "\(arguments): \(bad.errors)", sourceLocation: sourceLocation)
      #expect(bad.output == "", sourceLocation: sourceLocation)
      // All ranks ended by themselves.
      #expect(!bad.errors.contains("MPI_ABORT"), "\(bad.errors)", sourceLocation: sourceLocation)
      lines.formUnion(own.map(String.init))
    }
    #expect(lines.count == 1, "\(lines)", sourceLocation: sourceLocation)
  }

  /// Every command that reads a checkpoint to generate networks from it.
  private func commands(_ checkpoint: String) -> [[String]] {
    [
      ["evaluate", checkpoint, "--samples", "2", "--images", "10"],
      ["sample", checkpoint, "--count", "2", "--output", run.file("x.h5")],
      ["analyze", "accuracy", checkpoint, "--samples", "2", "--output", run.file("x")],
      [
        "distill", checkpoint, "--samples", "2", "--images", "10", "--output", run.file("x.h5"),
      ],
    ]
  }

  @Test func checkpointsOfOtherVersions() throws {
    for (version, message) in [
      (99, "has format_version 99, this program reads up to 1; use the newer program"),
      (0, "has format_version 0, which no version of this program writes"),
    ] {
      let file = try changed("v\(version).h5", "f.attrs.modify('format_version', \(version))")
      for command in commands(file) { try expectLine(command, message) }
    }
    // A setting this version does not know: the line says who wrote it.
    let file = try changed(
      "newer.h5",
      """
      f.attrs['program_version'] = '9.1.0'
      f.attrs['config'] = f.attrs['config'].replace('training:\\n', 'training:\\n  warmup: 7\\n', 1)
      """)
    try expectLine(commands(file)[0], status: 2, "attribute config of hyperdist 9.1.0:")
    try expectLine(commands(file)[0], status: 2, "training.warmup: unknown key")
  }

  @Test func missingFilesAndFilesOfNetworks() throws {
    for command in commands(run.file("nowhere.h5")) {
      try expectLine(command, "nowhere.h5: No such file or directory")
    }
    let samples = run.file("samples.safetensors")
    try Program.succeed(["sample", run.checkpoint, "--count", "2", "--output", samples])
    for command in commands(samples) {
      try expectLine(
        command, "holds generated networks (safetensors); give the checkpoint they were made from")
    }
  }

  /// Generated networks with scale and shift of which somebody left out the means and variances.
  @Test func sampleFilesWithoutStatistics() throws {
    let samples = run.file("samples.h5")
    try Program.succeed(["sample", run.checkpoint, "--count", "2", "--output", samples])
    try Program.succeed(["inspect", samples])
    try change(
      samples,
      """
      for name in ['scale', 'shift', 'mean']:
          f['weights/layer1'][name] = f['weights/layer1/bias'][()]
      """)
    for ranks in [nil, 2] {
      let bad = try Program.run(["inspect", samples], ranks: ranks)
      #expect(bad.status == 1 && bad.output.contains("weights/layer1/kernel"))
      #expect(
        bad.errors.contains("weights/layer1 is normalized, but has no variance: the"),
        "\(bad.errors)")
    }
    try change(samples, "f['weights/layer1/variance'] = f['weights/layer1/bias'][()]")
    try Program.succeed(["inspect", samples])
  }

  @Test func unknownDataSets() throws {
    let file = try changed(
      "data.h5", "f.attrs['config'] = f.attrs['config'].replace('name: glyphs', 'name: glyfs', 1)")
    for command in commands(file) {
      try expectLine(command, status: 2, "data.name: 'glyfs' is not allowed")
    }
    try expectLine(["data", "verify", "glyfs"], status: 2, "no data set 'glyfs': there are mnist")
  }

  /// Data that are not there: all ranks end with the same line.
  @Test func missingData() throws {
    let file = try changed(
      "mnist.h5", "f.attrs['config'] = f.attrs['config'].replace('name: glyphs', 'name: mnist', 1)")
    for ranks in [nil, 2] {
      let bad = try Program.run(
        ["evaluate", file, "--samples", "2"], ranks: ranks,
        environment: ["HYPERDIST_DATA": "/nonexistent", "HOME": run.folder.path])
      let lines = bad.errors.split(separator: "\n").filter { $0.hasPrefix("hyperdist:") }
      #expect(bad.status != 0 && lines.count == 1, "\(bad.errors)")
      #expect(lines.first?.hasPrefix("hyperdist: data set mnist not found") == true)
    }
  }

  @Test func emptySplit() throws {
    let empty = try TrainedRun([
      "--steps", "1", "--set", "target.layers=[fullyConnected: {outputs: 10}]", "--set",
      "hypernetwork.generatorHidden=[[8]]", "--set", "data.validationCount=0",
    ])
    for command in [
      ["evaluate", empty.checkpoint, "--split", "validation"],
      ["analyze", "accuracy", empty.checkpoint],
      [
        "distill", empty.checkpoint, "--samples", "2", "--split", "validation", "--output",
        empty.file("x.h5"),
      ],
    ] {
      try expectLine(command, status: 2, "glyphs has no validation images")
    }
  }

  /// One network and one image, and so one class: well-defined, or one line that says how many are needed.
  @Test func oneNetworkAndOneClass() throws {
    for (kind, fewest) in [
      ("accuracy", 1), ("filters", 1), ("scatter", 3), ("paths", 1), ("ensembles", 1),
      ("adversarial", 1), ("similarity", 2),
    ] {
      for ranks in [1, 2] {
        let folder = run.file("\(kind)\(ranks)")
        let arguments = ["analyze", kind, run.checkpoint, "--images", "1", "--output", folder]
        if fewest > 1 {
          let bad = try Program.run(arguments + ["--samples", "1"], ranks: ranks)
          #expect(bad.status == 2, "\(kind)")
          #expect(bad.errors.contains("--samples must be \(fewest) to 10000 for \(kind)"))
        }
        try Program.succeed(arguments + ["--samples", "\(fewest)"], ranks: ranks)
        for file in try FileManager.default.contentsOfDirectory(atPath: folder)
        where file.hasSuffix(".csv") {
          let table = try contents(of: "\(folder)/\(file)")
          #expect(!table.contains("nan") && !table.contains("inf"), "\(file)")
          #expect(table == (try contents(of: run.file("\(kind)1/\(file)"))), "\(file)")
        }
      }
    }
    let output = run.file("one.safetensors")
    for ranks in [1, 3] {
      try Program.succeed(
        ["sample", run.checkpoint, "--count", "1", "--output", output], ranks: ranks)
      try Program.succeed(
        [
          "distill", run.checkpoint, "--samples", "1", "--images", "1", "--output", output,
        ], ranks: ranks)
    }
  }
}
