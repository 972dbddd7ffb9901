// Programs that the product is compared with do what they say.

import TestSupport
import Testing

@Suite struct PeerTests {
  @Test func plainNetworksAreTrained() throws {
    let folder = TestFolder()
    let output = try Python.output(
      of: Program.pythonScript("check_peer"),
      [RepositoryFile("Launch/peers/plain_network.py").url.path, folder.path],
      modules: ["numpy", "torch"])
    #expect(output.split(separator: "\n") == ["lenet", "mnist", "split", "changes"])
  }

  /// The networks whose steps are timed have the presets' numbers of weights.
  @Test(arguments: [("lenet", 62_006), ("resnet32", 464_154)])
  func stepsAreThoseOfThePresetsNetworks(target: String, weights: Int) throws {
    let output = try Python.output(
      of: "import runpy\n"
        + "runpy.run_path('\(RepositoryFile("Launch/peers/pytorch_sgd.py").url.path)', run_name='__main__')",
      ["--target", target, "--batch", "4", "--repeats", "2", "--threads", "1"],
      modules: ["torch"])
    #expect(output.contains("\"weights\": \(weights)"))
    #expect(output.contains("\"seconds_median\": "))
  }
}
